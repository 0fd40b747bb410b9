//! The canonical layout, and the list form.

use routing::{
    diagnostic::Severity,
    rules::{format_condition, format_program, list_to_text, parse_list, to_list},
};
use serde_json::{Value, json};

use crate::support::program;

const MESSY: &str = r##"

# a

#b
##  c
if # inside
  a == 'x'
  && b == "it\"s" then use @b # beside


# for c

# d
else if c == 5 and c != 6 and ccccccccccccccccccccccccccccccccccccc == "ddddddddddddddddddddddddddddddd" and (e == "x" || f == "y" && !g.contains("z"))
then use {"strategy": "fallback", "attempts": ["a/b", "c/d"]}
else block 'no' # end

# below


#below it

"##;

const NEAT: &str = r##"# a

# b
##  c
# inside
if a == "x" and b == 'it"s' then use @b # beside

# for c

# d
else if c == 5
  and c != 6
  and ccccccccccccccccccccccccccccccccccccc == "ddddddddddddddddddddddddddddddd"
  and (e == "x" or (f == "y" and not g contains "z"))
  then use {"strategy":"fallback","attempts":["a/b","c/d"]}
else block "no" # end

# below

# below it
"##;

#[test]
fn a_program_is_laid_out_one_rule_a_line_with_its_comments() {
    assert_eq!(format_program(MESSY).unwrap(), NEAT);
    assert_eq!(format_program(NEAT).unwrap(), NEAT);
}

#[test]
fn cels_operators_become_words() {
    for (text, expected) in [
        ("!request.stream && a=='x' || b.startsWith(\"y\")", "(not request.stream and a == \"x\") or b starts_with \"y\""),
        ("!request.stream == request.has_tools", "(not request.stream) == request.has_tools"),
        ("request.stream ? a.size() > 3 : a.matches('^x')", "request.stream ? size(a) > 3 : a matches \"^x\""),
        ("((request.input_tokens)) > 32_000 + (2*3) - (4-1)", "request.input_tokens > 32_000 + 2 * 3 - (4 - 1)"),
        ("tags[\"tenant\"] in ['a','b',]", "tags.tenant in [\"a\", \"b\"]"),
        (
            "tags['my key'] == '' and tags.if == \"\" and \"a\\u0007\" == x",
            "tags[\"my key\"] == \"\" and tags.if == \"\" and \"a\\u{7}\" == x",
        ),
    ] {
        assert_eq!(format_condition(text).unwrap(), expected);
        assert_eq!(format_condition(expected).unwrap(), expected);
    }
}

#[test]
fn a_text_with_a_mistake_is_not_formatted() {
    let findings = format_program("if a = 1 then use @a\nelse use @b").unwrap_err();
    assert_eq!(findings.len(), 1);
    assert!(findings.iter().all(|finding| finding.severity == Severity::Error));
}

#[test]
fn the_list_form_has_everything_that_the_text_has() {
    let list = json!([
        {"comment": "a\n\nb\n##  c\ninside", "if": "a == \"x\" and b == 'it\"s'", "then": "@b", "comment_beside": "beside"},
        {
            "comment": "\nfor c\n\nd",
            "if": "c == 5 and c != 6 and ccccccccccccccccccccccccccccccccccccc == \"ddddddddddddddddddddddddddddddd\" and (e == \"x\" or (f == \"y\" and not g contains \"z\"))",
            "then": {"strategy": "fallback", "attempts": ["a/b", "c/d"]},
        },
        {"else": {"block": "no"}, "comment_beside": "end", "comment_below": "\nbelow\n\nbelow it"},
    ]);
    assert_eq!(Value::Array(to_list(&program(MESSY))), list);
    assert_eq!(list_to_text(list.as_array().unwrap()).unwrap(), NEAT);
    let lines: Vec<_> = parse_list(list.as_array().unwrap()).value.unwrap().rules.iter().map(|rule| rule.line).collect();
    assert_eq!(lines, program(NEAT).rules.iter().map(|rule| rule.line).collect::<Vec<_>>());
}

#[test]
fn what_is_wrong_in_a_list_is_reported_by_item() {
    let errors = |list: Value| -> Vec<String> {
        let found = list_to_text(list.as_array().unwrap()).unwrap_err();
        found.iter().map(|(item, finding)| format!("{item} {}:{} {}", finding.line, finding.column, finding.message)).collect()
    };
    assert_eq!(errors(json!([])), ["0 1:1 there is no rule yet: write {\"if\": …, \"then\": …} and a last {\"else\": …}"]);
    assert_eq!(
        errors(
            json!([{"if": "tenant = \"a\" and\n x.y == 1", "then": "@A", "coment": "x"}, {"else": "@b"}, 5, {"if": "true", "then": {"block": 1}}])
        ),
        [
            "0 1:1 unknown key \"coment\": did you mean comment?",
            "0 1:8 = is no operator: did you mean ==?",
            "0 2:2 unknown variable x.y",
            "0 1:1 @A is no config name; write @slug or @slug:version, the slug of a-z, 0-9 and -: did you mean @a?",
            "1 1:1 else must be the last rule: what stands below it never runs",
            "2 1:1 a rule is an object: {\"if\": condition, \"then\": target}, or {\"else\": target} for the last one",
            "3 1:1 the last rule must be {\"else\": target}, for all that no rule takes",
            "3 1:1 block stands alone, with its message in a string: {\"block\": \"not allowed here\"}",
        ]
    );
    assert_eq!(
        errors(json!([{"if": "request.stream", "then": 5}, {"else": "@B"}])),
        [
            "0 1:1 then must be a target, such as \"@slug\" or \"provider/model\", or {\"block\": \"message\"}",
            "1 1:1 @B is no config name; write @slug or @slug:version, the slug of a-z, 0-9 and -: did you mean @b?",
        ]
    );
}
