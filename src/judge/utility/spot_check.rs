//! Spot checks of one response, as the original does them: some items are fetched again, three times at most.

/// Attempts at an item at most.
pub const ATTEMPTS: usize = 3;
/// Successes that an item passes with.
pub const NEEDED: usize = 2;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// What came of an attempt to fetch an item again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It was there, whatever it was.
    Found,
    /// HTTP status 404: alone counts against the item.
    NotFound,
    /// Something else went wrong, which counts as a success.
    Failed,
}

/// How an item fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// Attempts that were made.
    pub attempts: usize,
    /// Whether it passed.
    pub is_passed: bool,
}

/// Fetches an item again until it passed, three times at most; what is not given was found.
pub fn fetch(attempts: &[Attempt]) -> Fetched {
    let mut successes = 0;
    for made in 0..ATTEMPTS {
        let attempt = attempts.get(made).copied().unwrap_or(Attempt::Found);
        successes += usize::from(attempt != Attempt::NotFound);
        if successes == NEEDED {
            return Fetched { attempts: made + 1, is_passed: true };
        }
    }
    Fetched { attempts: ATTEMPTS, is_passed: false }
}

/// An item of a response, as far as its check reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item {
    /// Its id, if that is a text.
    pub id: Option<Box<str>>,
    /// All that words of the query may stand in, one text.
    pub text: Box<str>,
    /// When it was written, in seconds.
    pub time: Option<i64>,
    /// What comes of fetching it again.
    pub attempts: Vec<Attempt>,
}

/// What a spot check asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked<'a> {
    /// The query: every word of it has to be part of the text of an item, in any case; quotes are no part of words.
    pub query: &'a str,
    /// The moment of the check, in seconds: items may not be older than the day before began.
    pub now: i64,
}

/// How a response fared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpotCheck {
    /// Whether it passed.
    pub is_passed: bool,
    /// Items that were fetched again, by their places, and in how many attempts.
    pub fetched: Vec<(usize, usize)>,
}

/// Checks a response. First all ids: digits that do not begin with 0, each once. Then each picked item in its turn: its
/// time, its words, and whether it can be fetched again. The first one that fails ends the check.
pub fn spot_check(items: &[Item], picked: &[usize], asked: Asked<'_>) -> SpotCheck {
    let mut found = SpotCheck::default();
    if !has_good_ids(items) {
        return found;
    }
    let words: Vec<String> = asked.query.replace('"', "").to_lowercase().split_whitespace().map(Into::into).collect();
    let oldest = (asked.now.div_euclid(DAY) - 1) * DAY;
    for &place in picked {
        let item = &items[place];
        let text = item.text.to_lowercase();
        let is_asked_for = words.iter().all(|word| text.contains(word.as_str()));
        if !is_asked_for || item.time.is_none_or(|time| time < oldest) {
            return found;
        }
        let fetched = fetch(&item.attempts);
        found.fetched.push((place, fetched.attempts));
        if !fetched.is_passed {
            return found;
        }
    }
    SpotCheck { is_passed: true, ..found }
}

fn has_good_ids(items: &[Item]) -> bool {
    let is_good = |id: &str| id.bytes().all(|byte| byte.is_ascii_digit()) && !id.is_empty() && !id.starts_with('0');
    let mut ids: Vec<Option<&str>> = items.iter().map(|item| item.id.as_deref()).collect();
    ids.sort_unstable();
    ids.iter().all(|id| id.is_some_and(is_good)) && ids.windows(2).all(|pair| pair[0] != pair[1])
}
