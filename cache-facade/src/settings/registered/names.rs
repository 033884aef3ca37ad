//! Options whose names a variable cannot spell.
//!
//! The name of a variable is in capitals, and its path arrives in small letters. So what a variable
//! sets is matched with the fields of a struct without regard to case and underscores, unless a
//! field has that very name.

use figment::value::{Dict, Value};

use super::refusal::Refusal;
use crate::settings::merged::Located;

/// The table with every key that variables set under the name of its field.
///
/// # Errors
/// A key that fits several fields, and two variables that set one field.
pub(super) fn spelled(at: &Located<'_>, fields: &[&'static str]) -> Result<Option<Value>, Refusal> {
    let Some(entries) = at.entries() else { return Ok(None) };
    let (named, others): (Vec<_>, Vec<_>) = entries
        .partition(|(name, entry)| fields.contains(name) || !entry.was_set_by_variables_alone());
    if others.is_empty() {
        return Ok(None);
    }
    let mut table: Dict =
        named.iter().map(|(name, at)| ((*name).to_owned(), at.value.clone())).collect();
    let mut taken: Vec<&str> = Vec::new();
    for (name, entry) in others {
        let field = field_of(name, fields).map_err(|refusal| refusal.at(&entry))?;
        let key = field.unwrap_or(name);
        let rival = named.iter().find(|(name, _)| *name == key);
        if taken.contains(&key) || rival.is_some_and(|(_, at)| at.was_set_by_variables_alone()) {
            let problem = format!("another variable sets `{key}` too; keep one of them");
            return Err(Refusal::told(problem).at(&entry));
        }
        taken.push(key);
        let value = match table.remove(key) {
            Some(weaker) => over(weaker, entry.value.clone()),
            None => entry.value.clone(),
        };
        table.insert(key.to_owned(), value);
    }
    Ok(Some(Value::Dict(at.value.tag(), table)))
}

/// The field that a name means, if one is near enough.
fn field_of(name: &str, fields: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
    let fits: Vec<_> = fields.iter().filter(|field| plain(field) == plain(name)).copied().collect();
    match &*fits {
        [] => Ok(None),
        [field] => Ok(Some(field)),
        several => {
            let several = several.join(", ");
            Err(Refusal::told(format!("it may mean each of {several}; set it in a file")))
        }
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

/// A value with what a stronger one sets over it, key by key.
fn over(weaker: Value, stronger: Value) -> Value {
    match (weaker, stronger) {
        (Value::Dict(_, mut table), Value::Dict(tag, stronger)) => {
            for (key, value) in stronger {
                let value = match table.remove(&key) {
                    Some(weaker) => over(weaker, value),
                    None => value,
                };
                table.insert(key, value);
            }
            Value::Dict(tag, table)
        }
        (_, stronger) => stronger,
    }
}
