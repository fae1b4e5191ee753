//! What was found, each under the name of its bug.

use crate::case::{Case, corpus};
use crate::harness::Target;
use crate::targets::{encoding, store};

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

fn rendered(source: &str) -> String {
    answer_to(&encoding::TEMPLATE, &Case::single(source.into()))
}

/// A chain makes a syntax tree as deep as it is long, which once overflowed the stack, and takes its square to compile.
#[test]
fn a_chain_as_long_as_a_template_may_be() {
    for link in [".a", "|e", "[0]", ".a()", "-1", " and 1", "==1", " if 1", " is odd", ",1"] {
        let chain = |length: usize| format!("{{{{ messages{} }}}}", link.repeat(length / link.len()));
        let answer = rendered(&chain((64 << 10) - 30));
        assert!(answer.contains("words and signs; at most 1000 are read"), "{link}: {answer}");
        let answer = rendered(&chain(400));
        assert!(!answer.contains("at most"), "{link}: {answer}");
    }
    for link in ["~a", "+a"] {
        let answer = rendered(&format!("{{{{ messages{} }}}}", link.repeat(101)));
        assert!(answer.contains("a tag has 101 of `~` and `+`; at most 100 are read"), "{link}: {answer}");
    }
    // Each makes a text of 100 MB, for less than which nobody multiplies so often in one tag.
    let answer = rendered(&format!("{{{{ ({}) | length }}}}", ["('aaaaaaaaaa' * 9999999)"; 45].join(" ~ ")));
    assert!(answer.contains("a tag has 45 of `*`; at most 2 are read"), "{answer}");
}

/// The longest chains that are read, as many as a template has room for: they took the square of their length.
#[test]
fn the_longest_chains_are_compiled() {
    for link in [".a", "|e", "-1", " and 1", " if 1", "[0]", " else 1 if 1"] {
        let tokens = link.matches(|char: char| ".|-[]".contains(char)).count() + 1 + link.matches(' ').count();
        let tag = format!("{{{{ 1{} }}}}", link.repeat(990 / tokens));
        let answer = rendered(&tag.repeat((64 << 10) / tag.len()));
        assert!(!answer.contains("are read"), "{link}: {answer}");
    }
}

/// What doubles sixty times fills any memory.
#[test]
fn what_grows_without_end_is_refused() {
    let sixty = |step: &str| format!("{{% set x = 'aaaaaaaa' %}}{}", step.repeat(60));
    let mut sources: Vec<String> = [
        "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% macro m(x, n) %}{% if n %}{{ m(x + x, n - 1) }}{% endif %}{% endmacro %}{{ m('aaaaaaaa', 60) }}",
        "{% for a in ['aaaaaaaa'] recursive %}{{ loop([a ~ a]) }}{% endfor %}",
    ]
    .map(str::to_owned)
    .into();
    let steps = [
        "{% set x = x ~ x %}",
        "{% set x = '%s%s' % (x, x) %}",
        "{% set x = '{0}{0}'.format(x) %}",
        "{% set x = [x, x] %}",
        "{% set x = (x, x) %}",
        "{% set x = {'a': x, 'b': x} %}",
        "{% set x = [x] + [x] %}",
        "{% set x %}{{ x }}{{ x }}{% endset %}",
        "{% set x = x|replace('a', x) %}",
        "{% set x = x.replace('', x) %}",
        "{% set x = x|join(x) %}",
        "{% set x = x.join([x, x, x]) %}",
        "{% with x = x ~ x %}{% set x = x %}{% endwith %}{% set x = x * 2 %}",
        "{% set x = [x, x]|list %}{{ x|tojson|length }}",
    ];
    sources.extend(steps.map(sixty));
    sources.extend(
        ["batch(9223372036854775807, 'x')", "slice(4294967295)"].map(|filter| format!("{{{{ [1]|{filter}|list }}}}")),
    );
    sources.push(format!("{{% for i in range(99999) %}}{}{{% endfor %}}", "text ".repeat(10_000)));
    sources
        .push(format!("{{% for x in ['aa'] %}}{}", "{% for x in [x ~ x] %}".repeat(60)) + &"{% endfor %}".repeat(61));
    for source in sources {
        let answer = rendered(&source);
        let refused = answer.contains("cannot hold more than 1 MiB") || answer.contains("cannot make more than 16 MiB");
        assert!(refused, "{source}: {answer}");
    }
}

/// What is counted on its way renders as it did.
#[test]
fn what_is_counted_stays() {
    let long = "words of a text ".repeat(10);
    for (source, text) in [
        (format!("{{% if true -%}} {long}\n  {{%- endif %}}|"), format!("{}|", long.trim())),
        (format!("{{% if true %}}\n {{ {long}\n  {{% endif %}}|"), format!(" {{ {long}\n|")),
        (
            "{% macro m(a, b=[1, 2], c='x') -%} {{ a }}{{ b }}{{ c }} {%- endmacro %}{{ m('y') }}".into(),
            "y[1, 2]x".into(),
        ),
        ("{% macro m(a) %}\n{{ a is defined }}{% endmacro %}{{ m() }}".into(), "False".into()),
        ("{% macro m(a) %}{{ caller(a) }}{% endmacro %}{% call(b) m('x') %}{{ b }}{% endcall %}".into(), "x".into()),
        ("{% macro m(a) %}{{ caller() }}{% endmacro %}{% call m('x') %}y{% endcall %}".into(), "y".into()),
        ("{% for a, b in [(1, [(2, [])])] recursive %}{{ a }}{{ loop(b) }}{% endfor %}".into(), "12".into()),
        ("{% with a = 1, b = (2, 3) %}{{ a }}{{ b }}{% endwith %}".into(), "1(2, 3)".into()),
        ("{% set a, b = 1, 2 %}{{ b }}{% set c = 1, %}{{ c }}".into(), "2(1,)".into()),
    ] {
        assert_eq!(encoding::rendering(&source), text, "{source}");
    }
}

#[test]
fn a_template_that_is_too_long_is_refused() {
    let answer = answer_to(&encoding::TEMPLATE, &Case::single(vec![b'a'; (64 << 10) + 1]));
    assert!(answer.contains("has 65537 bytes; at most 65536 are read"), "{answer}");
}

/// Lists in lists, and a namespace in itself, overflowed the stack when they were shown or dropped.
#[test]
fn a_namespace_that_holds_itself() {
    let answer = |source: &str| answer_to(&encoding::TEMPLATE, &Case::single(source.into()));
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
        let answer = answer_to(&encoding::TEMPLATE, &Case::single(format!("{{{{ {call} }}}}").into()));
        assert!(answer.contains("a width of at most 65536"), "{call}: {answer}");
    }
    let usual = "{{ '%5d of 123456' | format(1700000000) }}{{ '{:>8}'.format(1700000000) }}";
    assert_eq!(answer_to(&encoding::TEMPLATE, &Case::single(usual.into())), "text text");
}
