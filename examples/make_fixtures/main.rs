mod corpus;
mod tokenizer;
use corpus::*;
fn main() {
    let c = Corpus::generate(1, Sizes { train: 6000, validation: 100, held_out: 300 });
    for s in &c.held_out[..45] {
        println!("## {}\n{}\n---\n{}\n", s.kind, s.prompt, s.response);
    }
    let t = tokenizer::train(&c.train).unwrap();
    for chat in [tokenizer::Chat::Compact, tokenizer::Chat::Spaced] {
        let e: Vec<_> = c.held_out.iter().map(|x| chat.encode(&t, x).unwrap()).collect();
        let (a, b): (usize, usize) = (e.iter().map(|x| x.ids.len()).sum(), e.iter().map(|x| x.prompt_len).sum());
        println!("{} {} max {}", a / e.len(), b / e.len(), e.iter().map(|x| x.ids.len()).max().unwrap());
    }
    println!("{} {} {:?}", t.to_string(false).unwrap().len(), t.get_vocab_size(true), chk(&t));
    let mut k = std::collections::BTreeMap::new();
    for s in &c.train {
        *k.entry(s.kind).or_insert(0) += 1;
    }
    println!("{k:?}");
}
fn chk(t: &tokenizers::Tokenizer) -> u64 {
    use std::hash::*;
    let mut h = std::hash::DefaultHasher::new();
    t.to_string(false).unwrap().hash(&mut h);
    h.finish()
}
