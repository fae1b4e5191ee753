//! What was found, each under the name of its bug.

use crate::case::{Case, corpus};
use crate::harness::Target;
use crate::targets::{engine, store};

/// What a target says of an input of its corpus.
fn answer(target: &Target, name: &str) -> String {
    answer_to(target, &Case::read(&corpus(target.name).join(name)))
}

fn answer_to(target: &Target, case: &Case) -> String {
    (target.run)(case, tempfile::tempdir().unwrap().path())
}

#[test]
fn a_part_whose_pages_panic_is_damaged() {
    let answer = answer(&store::LOSSES, "key-page-cut-short.parquet");
    assert!(answer.contains("is damaged") && answer.contains("measured again"), "{answer}");
}

/// A chain of these links makes a syntax tree as deep as the template is long, which once overflowed the stack.
#[test]
fn a_chain_as_long_as_a_template_may_be() {
    for link in [".a", "|e", "[0]", ".a()"] {
        let source = format!("{{{{ messages{} }}}}", link.repeat((64 << 10) / link.len() - 10));
        let answer = answer_to(&engine::TEMPLATE, &Case::single(source.into_bytes()));
        assert!(!answer.contains("at most"), "{link}: {answer}");
    }
}

#[test]
fn a_template_that_is_too_long_is_refused() {
    let answer = answer_to(&engine::TEMPLATE, &Case::single(vec![b'a'; (64 << 10) + 1]));
    assert!(answer.contains("has 65537 bytes; at most 65536 are read"), "{answer}");
}

/// Lists in lists, and a namespace in itself, overflowed the stack when they were shown or dropped.
#[test]
fn a_namespace_that_holds_itself() {
    let answer = |source: &str| answer_to(&engine::TEMPLATE, &Case::single(source.into()));
    for value in ["n", "[n]", "{'a': n}", "m", "('%}', n)", "n if true else \"%}\" -"] {
        let source = format!("{{% set n = namespace() %}}{{% set m = n %}}{{%- set n.x = {value}%}}{{{{ n }}}}");
        assert!(
            answer(&source).contains("a namespace cannot hold a namespace (line 1)"),
            "{value}: {}",
            answer(&source)
        );
    }
    let deep = "{% set n = namespace(x=1) %}{% for i in range(100000) %}{% set n.x = [n.x] %}{% endfor %}";
    assert!(answer(deep).contains("a namespace cannot hold more than 1000 values"));
    let usual =
        "{% set n = namespace(x=1) %}{% set n.x = messages, 'a' -%}  {{ n.x[1] == 'a' }}{% set n.x %}b{% endset %}";
    assert_eq!(answer(usual), "text text");
}

/// Texts that multiply themselves: twenty times over, each three times as long as the last or longer.
#[test]
fn a_text_that_multiplies_itself() {
    let answer = |source: &str| answer_to(&engine::TEMPLATE, &Case::single(source.into()));
    let again = |call: &str| format!("{{{{ 'abcd'{} }}}}", call.repeat(22));
    for call in ["|join(', ')", "|replace('', 'abcd')", ".replace('', 'abcd')", "|list|join('abcd')"] {
        let answer = answer(&again(call));
        assert!(answer.contains("a text of more than 16777216 bytes is made"), "{call}: {answer}");
    }
    let held = "{% set n = namespace(x='abcd') %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}";
    assert!(answer(held).contains("a text of more than 16777216 bytes is made"), "{}", answer(held));
    let parts = "{% set x = 'abcd' * 1000 %}{{ ([{'a': x}] * 10000)|join(attribute='a') }}";
    assert!(answer(parts).contains("a text of more than 16777216 bytes is made"), "{}", answer(parts));
    assert_eq!(answer("{{ ['a', 'b']|join('-') }}{{ 'aXa'.replace('X', 'b') }}"), "text text");
}

/// Padding to two thousand million characters.
#[test]
fn a_text_formatted_to_any_width() {
    let calls = [
        "'%2147483647d'|format(1)",
        "'%-70000s' % 'a'",
        "'%*d'|format(2147483647, 1)",
        "'%.2147483647f'|format(1.5)",
        "'{:>2147483647}'.format('a')",
        "'{a:>2147483647}'.format_map({'a': 1})",
    ];
    for call in calls {
        let answer = answer_to(&engine::TEMPLATE, &Case::single(format!("{{{{ {call} }}}}").into()));
        assert!(answer.contains("a width of at most 65536"), "{call}: {answer}");
    }
    let usual = "{{ '%5d of 123456' | format(1700000000) }}{{ '{:>8}'.format(1700000000) }}";
    assert_eq!(answer_to(&engine::TEMPLATE, &Case::single(usual.into())), "text text");
}
