//! Contenders take turns, so that whatever disturbs the machine disturbs all of them.

/// Measures every contender once a round; the answers, first by contender and then by round.
///
/// Each round begins with another contender. Before the first, every contender has one turn that
/// is not counted: it warms the memory up. `measure` is told the contender's index and the round.
///
/// # Errors
/// The first error of `measure` ends it.
pub fn interleaved<R, E>(
    contenders: usize,
    rounds: usize,
    mut measure: impl FnMut(usize, usize) -> Result<R, E>,
) -> Result<Vec<Vec<R>>, E> {
    for contender in 0..contenders {
        measure(contender, 0)?;
    }
    let mut answers: Vec<_> = (0..contenders).map(|_| Vec::with_capacity(rounds)).collect();
    for round in 0..rounds {
        for turn in 0..contenders {
            let contender = (turn + round) % contenders;
            answers[contender].push(measure(contender, round)?);
        }
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_begins_with_another_contender_and_the_warm_up_is_dropped() {
        let mut order = Vec::new();
        let answers = interleaved(3, 3, |contender, round| {
            order.push(contender);
            Ok::<_, ()>((contender, round))
        });
        assert_eq!(order, [0, 1, 2, 0, 1, 2, 1, 2, 0, 2, 0, 1]);
        let answers = answers.unwrap();
        assert_eq!(answers[1], [(1, 0), (1, 1), (1, 2)]);
    }

    #[test]
    fn error_ends_the_rounds() {
        let answers = interleaved(2, 5, |_, round| if round < 2 { Ok(()) } else { Err(round) });
        assert_eq!(answers, Err(2));
    }
}
