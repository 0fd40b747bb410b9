//! Every mistake, with its words, its place and what to write instead.

use routing::rules::{ConditionScope, parse_condition, parse_program};

use crate::support::shown;

/// The findings of a program.
fn of_program(text: &str) -> Vec<String> {
    let parsed = parse_program(text);
    assert!(parsed.value.is_none(), "{text}");
    shown(&parsed.findings)
}

/// The findings of a condition of a rule.
fn of_condition(text: &str) -> Vec<String> {
    shown(&parse_condition(text, ConditionScope::Request).findings)
}

#[test]
fn a_program_is_rules_and_a_last_else() {
    for (text, expected) in [
        ("", vec!["1:1+1 there is no rule yet: write if … then use @slug, and a last else use @slug"]),
        (" # nothing\n", vec!["1:1+1 there is no rule yet: write if … then use @slug, and a last else use @slug"]),
        ("use @fast", vec!["1:1+3 a program starts with if, not with use"]),
        ("else use @fast", vec!["1:1+4 the first rule starts with if: there is nothing yet that this else is the rest of"]),
        (
            "if a == \"x\" then use @fast",
            vec!["1:1+2 the last rule must be an else without if: add else use @slug, for all that no rule takes"],
        ),
        (
            "if a == \"x\" then use @a\nelse use @b\nelse if x == 1 then use @c",
            vec!["2:1+4 else without if must be the last rule: what stands below it never runs"],
        ),
        (
            "if a == \"x\" then use @b\nif b == \"x\" then use @c\nelse use @d",
            vec!["2:1+2 every rule but the first starts with else: did you mean else if?"],
        ),
        ("if a == \"x\" then use @b\nelif b == \"x\" then use @c\nelse use @d", vec!["2:1+4 unknown word elif: did you mean else if?"]),
        ("if a == \"x\" use @fast\nelse use @b", vec!["1:12+1 then is missing before the action"]),
        ("if a == \"x\" thn use @fast\nelse use @b", vec!["1:13+3 expected then, found thn: did you mean then?"]),
        ("if a == \"x\") then use @fast\nelse use @b", vec!["1:12+1 expected an operator or then, found )"]),
        ("if a == \"x\" then\nelse use @b", vec!["2:1+4 expected use or block, found else"]),
        ("if a == \"x\" then fast\nelse use @b", vec!["1:18+4 expected use or block, found fast"]),
        ("if a == \"x\" then use @b\nelse", vec!["2:5+1 the action is missing: write use @slug or block \"message\""]),
        (
            "if a == \"x\" then use @b\nelse use @b extra stuff",
            vec!["2:13+5 unexpected extra after the action: the next rule starts with else"],
        ),
        (
            "if a == \"x\" then block\nelse use @b",
            vec!["2:1+4 block needs its message in quotes, such as block \"not allowed here\", found else"],
        ),
        ("IF a == \"x\" then use @b\nelse use @d", vec!["1:1+2 IF is written in lower case: did you mean if?"]),
    ] {
        assert_eq!(of_program(text), expected, "{text}");
    }
}

#[test]
fn a_target_is_a_name_or_json_in_place() {
    for (action, expected) in [
        ("use", "2:1+4 expected a target such as @slug or provider/model, found else"),
        ("@fast", "1:18+5 use is missing before the target: did you mean use @fast?"),
        ("use @Fast", "1:22+5 @Fast is no config name; write @slug or @slug:version, the slug of a-z, 0-9 and -: did you mean @fast?"),
        ("use @fast:0", "1:22+7 @fast:0 is no config name; write @slug or @slug:version, the slug of a-z, 0-9 and -"),
        ("use provider/", "1:22+9 \"provider/\" is no model name; write provider/model or @slug"),
        ("use {\"model\": openai}", "1:32+1 this is no JSON: expected value"),
        ("use {\"model: 3}", "1:32+1 this is no JSON: control character (\\u0000-\\u001F) found while parsing a string"),
    ] {
        assert_eq!(of_program(&format!("if a == \"x\" then {action}\nelse use @b")), [expected], "{action}");
    }
}

#[test]
fn all_mistakes_are_reported_in_the_order_of_the_text() {
    let text = "if a = \"x\" & request.input_token >= 32k then use @Fast\nelse if b == \"\\d\" AND foo.bar == 3 then block nothing\nelse use provider/";
    assert_eq!(
        of_program(text),
        [
            "1:6+1 = is no operator: did you mean ==?",
            "1:12+1 & is no operator: did you mean and?",
            "1:14+19 unknown variable request.input_token: did you mean request.input_tokens?",
            "1:37+3 32k is no number: did you mean 32000?",
            "1:50+5 @Fast is no config name; write @slug or @slug:version, the slug of a-z, 0-9 and -: did you mean @fast?",
            "2:15+2 unknown escape \\d in a string: did you mean \\\\d?",
            "2:19+3 AND is no operator: did you mean and?",
            "2:23+7 unknown variable foo.bar",
            "2:47+7 block needs its message in quotes, such as block \"not allowed here\", found nothing",
            "3:10+9 \"provider/\" is no model name; write provider/model or @slug",
        ]
    );
}

#[test]
fn a_string_without_an_end_costs_no_more_than_its_line() {
    assert_eq!(
        of_program("if a == \"x then use @fast\nelse if request.foo > 3 then use @b\nelse use @c"),
        [
            "1:9+17 this string does not end: add \" before the end of the line",
            "2:9+11 unknown variable request.foo: did you mean request.model?",
        ]
    );
}

#[test]
fn characters_numbers_and_strings_are_checked() {
    for (text, expected) in [
        ("request.stream $", vec!["1:16+1 unknown character $"]),
        ("a == “acme”", vec!["1:6+6 strings stand in straight quotes: did you mean \"acme\"?"]),
        ("a == \"\\u12\"", vec!["1:7+2 after \\u come four hexadecimal digits, or one to six in braces"]),
        (
            "5_ > 3 or 12abc > 3 or .5 > 1 or 1e999 > 1",
            vec![
                "1:1+2 5_ is no number",
                "1:11+5 12abc is no number",
                "1:24+2 .5 is no number: did you mean 0.5?",
                "1:34+5 1e999 is too large a number",
            ],
        ),
        ("\"é𝄞\" == tenant and $", vec!["1:21+1 unknown character $"]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        assert!(of_condition(text).starts_with(&expected), "{text}: {:?}", of_condition(text));
    }
}

#[test]
fn operators_stand_between_values_of_their_kind() {
    for (text, expected) in [
        ("", "1:1+1 the condition is empty: write one such as tenant == \"acme\""),
        ("a < b < c", "1:7+1 comparisons cannot be chained: join two of them with and, before this <"),
        ("a == \"x\" == \"y\"", "1:10+2 comparisons cannot be chained: join two of them with and, before this =="),
        ("tenant", "1:1+6 tenant is a string, not true or false: compare it with something, such as tenant == \"x\""),
        ("request.input_tokens", "1:1+20 request.input_tokens is a number, not true or false: compare it with something"),
        ("request.stream and \"x\"", "1:20+3 each side of and is true or false, not a string"),
        ("request.input_tokens == \"5\"", "1:25+3 request.input_tokens is a number, not \"5\": did you mean 5?"),
        ("request.stream == \"true\"", "1:19+6 request.stream is true or false, not \"true\": did you mean true?"),
        ("tags.beta == true", "1:14+4 tags.beta is a string, not true: did you mean \"true\"?"),
        ("request.model == 5", "1:18+1 request.model is a string, not 5: did you mean \"5\"?"),
        (
            "tags.my-key == \"x\"",
            "1:1+11 tags.my - key is a number and \"x\" is a string: they cannot be compared: did you mean tags[\"my-key\"]?",
        ),
        ("tenant in \"abc\"", "1:1+15 in needs a list, such as [\"a\", \"b\"]: did you mean \"abc\" contains tenant?"),
        ("[\"a\"] contains tenant", "1:1+21 contains looks into a string, not into a list: did you mean tenant in [\"a\"]?"),
        ("tenant not contains \"x\"", "1:8+3 not stands before a whole comparison, or before in: write not (a contains b)"),
        ("tenant startsWith \"x\"", "1:8+10 startsWith is no operator: did you mean starts_with?"),
        ("tenant is \"x\"", "1:8+2 is is no operator: did you mean ==?"),
        ("tenant matches \"(a\"", "1:16+4 this pattern is no regular expression: unclosed group"),
        ("tenant matches \"\\\\w{100}{100}{100}\"", "1:16+20 this pattern is too large: write fewer or smaller repetitions"),
        ("tenant matches request.model", "1:16+13 the pattern of matches must be a string written here, such as \"^gpt-4\""),
        ("request.stream > request.has_tools", "1:1+34 > compares numbers and strings, not true and false"),
        ("true ? \"a\" : 5", "1:8+7 both sides of : must be of one kind, and \"a\" is a string but 5 is a number"),
        ("request.model + 1 > 2", "1:1+13 + works on numbers, and request.model is a string"),
        ("(a == \"x\"", "1:10+1 expected ) to close (, found the end of the text"),
        ("a ==", "1:5+1 expected a value, found the end of the text"),
        ("a == \"x\" then", "1:10+4 expected an operator or the end of the condition, found then"),
        ("time.weekday == \"satday\"", "1:17+8 \"satday\" is no day of the week: did you mean \"saturday\"?"),
    ] {
        assert_eq!(of_condition(text), [expected], "{text}");
    }
}

#[test]
fn names_and_calls_are_looked_up() {
    for (text, expected) in [
        ("budget.used_pc > 3", "1:1+14 unknown variable budget.used_pc: did you mean budget.used_pct?"),
        ("buget.used_pct > 3", "1:1+14 unknown variable buget.used_pct: did you mean budget.used_pct?"),
        ("helthy(openai/gpt-4o)", "1:1+6 unknown function helthy: did you mean healthy?"),
        ("tenant.foo(\"x\")", "1:8+3 unknown method foo"),
        ("tenant.contains()", "1:1+17 contains() takes one value in its parentheses"),
        ("cost > 3", "1:1+4 cost is a function: write cost(provider/model)"),
        ("cost() > 3", "1:6+1 expected a model such as openai/gpt-4o, found )"),
        ("cost(openai/gpt-4o, 3) > 3", "1:21+1 cost() takes one model"),
        ("latency(openai/gpt-4o, 100) > 3", "1:24+3 a percentile is a whole number from 1 to 99"),
        ("latency(openai/gpt-4o, 0.95) > 3", "1:24+4 a percentile is a whole number from 1 to 99: did you mean 95?"),
        ("budget(\"team\").used_pc > 1", "1:16+7 a budget has no field used_pc: did you mean used_pct?"),
        ("budget(team).used_pct > 1", "1:8+4 expected a budget's name in quotes, such as budget(\"team\").used_pct"),
        ("budget(\"team\") > 1", "1:1+14 budget(…) has fields: name one of them, such as budget(\"team\").used_pct"),
        ("budget > 1", "1:1+6 budget has fields: name one of them, such as budget.used_pct"),
        ("tags == \"x\"", "1:1+4 tags is a table: name one of them, such as tags.tenant"),
        ("tags.5 == \"x\"", "1:6+1 expected a tag's key after the dot; one that is no name stands in brackets: tags[\"my key\"]"),
        ("has(request.model)", "1:5+13 has() takes a tag, such as has(tags.tenant); other names always have a value"),
        ("size(5) > 1", "1:6+1 size() is for strings and lists, and 5 is a number"),
        (
            "response.text contains \"x\"",
            "1:1+13 response.text can be read only in accept and valid_when: a rule is decided before there is an answer",
        ),
    ] {
        assert_eq!(of_condition(text), [expected], "{text}");
    }
}

#[test]
fn a_suggestion_can_be_put_in_place_of_what_stands_there() {
    for (text, mended) in [
        ("budget.used_pc > 1", "budget.used_pct > 1"),
        ("tags.my-key == \"x\"", "tags[\"my-key\"] == \"x\""),
        ("tenant in \"abc\"", "\"abc\" contains tenant"),
        ("[\"a\"] contains tenant", "tenant in [\"a\"]"),
        ("request.input_tokens => 32k", "request.input_tokens >= 32000"),
        ("tenant matches '\\d'", "tenant matches '\\\\d'"),
        ("tenant == “x”", "tenant == \"x\""),
        ("latency(a/b, 0.5) > 1", "latency(a/b, 50) > 1"),
        ("budget.used_pct > 90", "budget.used_pct > 0.9"),
    ] {
        let mut findings = parse_condition(text, ConditionScope::Request).findings;
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.column));
        let mut units: Vec<u16> = text.encode_utf16().collect();
        for finding in findings {
            let start = finding.column as usize - 1;
            units.splice(start..start + finding.length as usize, finding.suggestion.unwrap().encode_utf16());
        }
        assert_eq!(String::from_utf16(&units).unwrap(), mended);
        assert_eq!(of_condition(mended), [""; 0], "{mended}");
    }
}
