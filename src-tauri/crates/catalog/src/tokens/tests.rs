use super::*;

const PROSE: &str = include_str!("fixtures/prose.txt");
const CODE: &str = include_str!("fixtures/code.txt");
const JSON: &str = include_str!("fixtures/data.json.txt");
const CHINESE: &str = include_str!("fixtures/chinese.txt");
const RUSSIAN: &str = include_str!("fixtures/russian.txt");

fn o200k() -> Tokenizer {
    Tokenizer::O200k.load();
    Tokenizer::O200k
}

fn full(text: &str) -> u64 {
    tiktoken::get_encoding("o200k_base").unwrap().count(text) as u64
}

fn off(estimate: u64, real: u64) -> f64 {
    (estimate as f64 - real as f64).abs() / real as f64
}

#[test]
fn known_texts_have_the_tokens_that_openai_says() {
    Tokenizer::Cl100k.load();
    // https://github.com/openai/openai-cookbook, How_to_count_tokens_with_tiktoken
    for (text, cl100k, o200k_) in [("antidisestablishmentarianism", 6, 6), ("2 + 2 = 4", 7, 7), ("お誕生日おめでとう", 9, 8)] {
        assert_eq!(Tokenizer::Cl100k.count(text), cl100k, "{text}");
        assert_eq!(o200k().count(text), o200k_, "{text}");
    }
    assert_eq!(o200k().count(""), 0);
}

#[test]
fn openais_models_are_known_wherever_they_are_called() {
    use ProviderKind::*;
    for (kind, model, wanted) in [
        (OpenAi, "gpt-4o-mini", Tokenizer::O200k),
        (OpenAi, "gpt-4.1", Tokenizer::O200k),
        (OpenAi, "gpt-4-turbo", Tokenizer::Cl100k),
        (OpenAi, "gpt-3.5-turbo-0125", Tokenizer::Cl100k),
        (OpenAi, "text-embedding-3-small", Tokenizer::Cl100k),
        (OpenAi, "gpt-6.1-sol", Tokenizer::O200k),
        (OpenAi, "ft:gpt-4o-2024-08-06:me", Tokenizer::O200k),
        (OpenAi, "something-new", Tokenizer::O200k),
        (Azure, "my-deployment", Tokenizer::O200k),
        (Azure, "gpt-35-turbo", Tokenizer::Cl100k),
        (Groq, "openai/gpt-oss-120b", Tokenizer::O200k),
        (Bedrock, "us.openai.gpt-oss-120b-1:0", Tokenizer::O200k),
        (OpenRouter, "openai/gpt-4", Tokenizer::Cl100k),
        (Anthropic, "claude-opus-4-8", Tokenizer::Approximate { chars_per_token: 3.5 }),
        (Bedrock, "eu.anthropic.claude-opus-5", Tokenizer::Approximate { chars_per_token: 3.5 }),
        (OpenRouter, "deepseek/deepseek-v4", Tokenizer::Approximate { chars_per_token: 3.3 }),
        (Google, "gemini-2.5-pro", Tokenizer::Approximate { chars_per_token: 4.0 }),
        (Ollama, "olmo", Tokenizer::Approximate { chars_per_token: 4.0 }),
    ] {
        assert_eq!(Tokenizer::of(kind, model), wanted, "{kind}/{model}");
    }
}

#[test]
fn an_approximation_is_near_the_real_count_in_each_kind_of_text() {
    // OpenAI's newest tables are better at Russian than most: those that are approximated need more.
    let approximate = Tokenizer::Approximate { chars_per_token: 4.0 };
    for (name, text, allowed) in
        [("prose", PROSE, 0.25), ("code", CODE, 0.25), ("json", JSON, 0.25), ("chinese", CHINESE, 0.3), ("russian", RUSSIAN, 0.4)]
    {
        let (estimate, real) = (approximate.count(text), full(text));
        assert!(off(estimate, real) < allowed, "{name}: {estimate} for {real}");
    }
    assert!(Tokenizer::Approximate { chars_per_token: 3.5 }.count(PROSE) > approximate.count(PROSE));
}

#[test]
fn cutting_a_text_into_windows_moves_its_count_by_less_than_a_hundredth() {
    let text: String = PROSE.chars().take(EXACT / 2).collect();
    assert!(off(o200k().count(&text), full(&text)) < 0.01, "{} for {}", o200k().count(&text), full(&text));
}

#[test]
fn a_long_text_is_sampled_and_comes_out_near() {
    let text = [PROSE, CODE, JSON].concat().repeat(300);
    let (estimate, real) = (o200k().count(&text), full(&text));
    assert!(text.len() > 900_000 && off(estimate, real) < 0.15, "{estimate} for {real}");
}

#[test]
fn a_long_text_with_two_halves_is_looked_at_from_end_to_end() {
    let text = [PROSE.repeat(40), CHINESE.repeat(160)].concat();
    let (estimate, real) = (o200k().count(&text), full(&text));
    assert!(off(estimate, real) < 0.2, "{estimate} for {real}");
}

#[test]
fn no_more_bytes_are_looked_at_than_the_bound_says_however_many_texts_there_are() {
    let mut counter = o200k().counter();
    for _ in 0..2_000 {
        counter.add("a".repeat(WINDOW).as_str());
    }
    assert!(counter.left < EXACT, "something was looked at");
    let looked_at = counter.seen_bytes;
    assert!(looked_at <= EXACT as u64, "{looked_at}");
    // 64 a window, as the windows that were looked at.
    assert_eq!(counter.total(), 2_000 * 64);
}

#[test]
fn the_texts_of_a_request_count_as_each_alone() {
    let mut counter = o200k().counter();
    let texts = ["Hello there, how are you?", "", "你好，世界", "fn main() {}"];
    texts.iter().for_each(|text| counter.add(text));
    assert_eq!(counter.total(), texts.iter().map(|text| full(text)).sum::<u64>());
}

#[test]
fn json_counts_as_what_it_stands_for() {
    let text = "Say \"hi\"\n\tto 世界 and 😀!";
    let escaped = r#"Say \"hi\"\n\tto \u4e16\u754c and \ud83d\ude00!"#;
    let mut counter = o200k().counter();
    counter.add_json(escaped.as_bytes());
    assert_eq!(counter.total(), full(text));
    for broken in [&b"\\"[..], b"\\u12", b"\\ud83d", b"\\uzzzz\\", b"\xff\xfe\x80", b"\\ud83d\\u0041"] {
        let mut counter = o200k().counter();
        counter.add_json(broken);
        assert!(counter.total() <= 8, "{broken:?}");
    }
}

#[test]
fn hostile_texts_are_counted_and_never_cut_inside_a_character() {
    for text in ["a".repeat(1_000_000), " ".repeat(1_000_000), "é".repeat(300_001), "😀".repeat(200_001), "\u{0301}".repeat(100_001)] {
        let tokens = o200k().count(&text);
        assert!(tokens > 1_000 && tokens <= text.len() as u64, "{tokens}");
        assert!(Tokenizer::Approximate { chars_per_token: f32::NAN }.count(&text) > 1_000);
    }
}

#[test]
fn until_the_tables_are_there_a_count_is_an_approximation() {
    // Of the enum that needs none: the other two may have been loaded by another test.
    assert!(Tokenizer::Approximate { chars_per_token: 4.0 }.is_loaded());
    Tokenizer::Cl100k.load();
    assert!(Tokenizer::Cl100k.is_loaded());
}

#[test]
fn images_count_by_their_makers_rules() {
    use Detail::{High, Low};
    use ProviderKind::*;
    let size = |width, height| Some(ImageSize { width, height });
    for (kind, model, size, detail, tokens) in [
        // OpenAI's own examples.
        (OpenAi, "gpt-4o", size(1024, 1024), High, 765),
        (OpenAi, "gpt-4o", size(2048, 4096), High, 1105),
        (OpenAi, "gpt-4o", size(4096, 8192), Low, 85),
        (OpenAi, "gpt-4o", None, High, 765),
        (OpenAi, "gpt-5", None, High, 630),
        (OpenAi, "gpt-4o-mini", None, High, 25_501),
        (OpenAi, "gpt-4.1-mini", size(1024, 1024), High, 1_659),
        // Anthropic's own examples.
        (Anthropic, "claude-opus-5", size(200, 200), High, 54),
        (Anthropic, "claude-opus-5", size(1000, 1000), High, 1_334),
        (Anthropic, "claude-opus-5", size(1092, 1092), High, 1_590),
        (Anthropic, "claude-opus-5", size(8000, 8000), High, 1_600),
        (Bedrock, "us.anthropic.claude-opus-5", None, High, 1_600),
        (Google, "gemini-2.5-pro", size(300, 300), High, 258),
        (Google, "gemini-2.5-pro", size(960, 540), High, 516),
        (Google, "gemini-2.5-pro", None, High, 1_032),
        (Mistral, "pixtral-large", None, High, 1_000),
        (OpenAi, "gpt-4o", size(0, 0), High, 85),
        (OpenAi, "gpt-4o", size(u32::MAX, 1), High, 85 + 4 * 170),
    ] {
        assert_eq!(image_tokens(kind, model, size, detail), tokens, "{model} {size:?} {detail:?}");
    }
}
