//! How the names of options are matched.

use super::*;

#[derive(Debug, PartialEq, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Camel {
    max_conns: u8,
    min_conns: u8,
    tls_options: CamelTls,
}

#[derive(Debug, PartialEq, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CamelTls {
    ca_file: String,
    key_file: String,
}

#[test]
fn variable_sets_an_option_whatever_its_capitals_and_underscores() {
    for name in ["CACHE__CONFIG__MAXCONNS", "CACHE__CONFIG__MAX_CONNS"] {
        for text in ["", "config.maxConns = 3"] {
            let camel: Camel = options(text, &[(name, "7")]).unwrap();
            assert_eq!(camel, Camel { max_conns: 7, ..Camel::default() }, "{name} over {text}");
            let says = refused::<Camel>(text, &[(name, SECRET)]);
            assert_says(&says, &["`config.maxConns` in environment variable", name, "u8"]);
        }
    }
    let text = "config.tlsOptions = { caFile = 'file', keyFile = 'file' }";
    let variable = [("CACHE__CONFIG__TLS_OPTIONS__CA_FILE", "variable")];
    let tls = options::<Camel>(text, &variable).unwrap().tls_options;
    assert_eq!((&*tls.ca_file, &*tls.key_file), ("variable", "file"));
}

#[test]
fn option_that_two_variables_set_is_refused() {
    let both = [("CACHE__CONFIG__MAXCONNS", SECRET), ("CACHE__CONFIG__MAX_CONNS", SECRET)];
    let says = refused::<Camel>("", &both);
    assert_says(&says, &["another variable sets `maxConns` too", "keep one"]);
    let both = [("CACHE__CONFIG__PORT", SECRET), ("CACHE__CONFIG__PO_RT", SECRET)];
    let says = refused::<Everything>("", &both);
    assert_says(&says, &["`CACHE__CONFIG__PO_RT`", "another variable sets `port` too"]);
}

#[test]
fn variable_that_may_mean_several_options_is_refused() {
    #[derive(Debug, Deserialize)]
    struct Twins {
        #[serde(rename = "maxConns")]
        _first: Option<u8>,
        #[serde(rename = "MaxConns")]
        _second: Option<u8>,
    }
    let says = refused::<Twins>("", &[("CACHE__CONFIG__MAX_CONNS", SECRET)]);
    assert_says(&says, &["`CACHE__CONFIG__MAX_CONNS`", "each of maxConns, MaxConns"]);
}

#[test]
fn case_counts_in_a_file() {
    let says = refused::<Camel>("config.maxconns = 'hunter2-sentinel'", &[]);
    assert_says(&says, &["`config.maxconns` in file", "did you mean `config.maxConns`?"]);
}
