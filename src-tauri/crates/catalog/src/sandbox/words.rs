//! What the sandbox says.

use super::random::Random;

/// Words that say nothing about what a prompt is about.
const COMMON: [&str; 46] = [
    "about", "after", "also", "and", "are", "because", "been", "but", "can", "could", "describe", "does", "explain", "for", "from", "give",
    "have", "how", "into", "its", "just", "like", "list", "make", "more", "not", "please", "say", "show", "should", "some", "tell", "than",
    "that", "the", "their", "then", "there", "this", "what", "when", "which", "with", "would", "write", "your",
];

const GREETINGS: [&str; 6] = ["Sure!", "Happy to help.", "Good question.", "Of course.", "Here you go.", "Gladly."];

const SHORT: [&str; 5] = [
    "You asked about {topic}; in short, {claim}.",
    "On {topic}: {claim}.",
    "In one line, for {topic}, {claim}.",
    "My quick take on {topic} is that {claim}.",
    "About {topic}, I would say that {claim}.",
];

const CLAIMS: [&str; 8] = [
    "starting small works best",
    "it depends on what you measure",
    "the simple way is usually the right one",
    "the details matter more than they seem to",
    "a short trial tells more than a long plan",
    "most of the effort is in the last tenth",
    "two of the three usual answers are enough",
    "it pays to write the goal down first",
];

const OPENINGS: [&str; 4] = [
    "There are three things to keep in mind about {topic}.",
    "Let us look at {topic} step by step.",
    "The question about {topic} has a short answer and a longer one.",
    "It helps to split {topic} into parts that can be judged alone.",
];

const MIDDLES: [&str; 6] = [
    "First, decide what a good result for {word} would look like, because {claim}.",
    "Next, compare the options for {word} side by side and note what each of them costs.",
    "People who work with {word} every day will tell you that {claim}.",
    "It is easy to overlook {word}, yet much of the rest follows from it.",
    "As for {word}, a small experiment settles most arguments, since {claim}.",
    "Then take {word} as it is rather than as it should be, and change one thing at a time.",
];

const ENDINGS: [&str; 4] = [
    "If you only do one thing, begin with {word} and see what changes.",
    "In the end, {claim}, and that holds for {word} too.",
    "That should be enough to get going with {word}; the rest can wait.",
    "Taken together, this makes {topic} a good deal easier than it first looks.",
];

/// What a prompt is about: its longer, less common words, as written, at most four.
pub(super) fn topics(prompt: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for word in prompt.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'') {
        let word = word.trim_matches(['-', '\'']);
        let lower = word.to_lowercase();
        let is_new = !found.iter().any(|known| known.eq_ignore_ascii_case(word));
        if word.chars().count() > 2 && word.len() <= 40 && is_new && !COMMON.contains(&&*lower) {
            found.push(word);
        }
        if found.len() == 4 {
            break;
        }
    }
    found
}

/// One or two sentences that mention the prompt's words.
pub(super) fn short(prompt: &str, random: &mut Random) -> String {
    let topics = topics(prompt);
    let greeting = random.word(&GREETINGS);
    let body = random.word(&SHORT);
    format!("{greeting} {}", fill(body, &topics, random))
}

/// A paragraph of five to seven sentences.
pub(super) fn paragraph(prompt: &str, random: &mut Random) -> String {
    let topics = topics(prompt);
    let mut sentences = vec![fill(random.word(&OPENINGS), &topics, random)];
    let first = random.below(MIDDLES.len() as u64) as usize;
    for step in 0..3 + random.below(3) as usize {
        sentences.push(fill(MIDDLES[(first + step) % MIDDLES.len()], &topics, random));
    }
    sentences.push(fill(random.word(&ENDINGS), &topics, random));
    sentences.join(" ")
}

/// A sentence pattern with its topic, word and claim filled in.
fn fill(pattern: &str, topics: &[&str], random: &mut Random) -> String {
    let topic = match topics {
        [] => "this".to_owned(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    };
    let word = random.pick(topics).copied().unwrap_or("this");
    let claim = random.word(&CLAIMS);
    // One pass, so that a prompt that holds `{claim}` is not filled in again.
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let close = rest.find('}').unwrap_or(rest.len() - 1);
        out.push_str(match &rest[open + 1..close] {
            "topic" => &topic,
            "word" => word,
            _ => claim,
        });
        rest = &rest[close + 1..];
    }
    out + rest
}
