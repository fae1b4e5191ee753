//! Problems about prices, money and sharing things out.

use super::draw::{Draw, Thing, dollars};
use super::task::Task;

const GOODS: [Thing; 16] = [
    Thing("pencil", "pencils"),
    Thing("notebook", "notebooks"),
    Thing("lamp", "lamps"),
    Thing("chair", "chairs"),
    Thing("ticket", "tickets"),
    Thing("mug", "mugs"),
    Thing("ball", "balls"),
    Thing("basket", "baskets"),
    Thing("book", "books"),
    Thing("plant", "plants"),
    Thing("kite", "kites"),
    Thing("candle", "candles"),
    Thing("brush", "brushes"),
    Thing("rope", "ropes"),
    Thing("bell", "bells"),
    Thing("map", "maps"),
];

const BUYERS: [&str; 7] = ["A school", "A library", "A hotel", "A theatre", "A club", "A museum", "A bakery"];

const SMALL: [Thing; 7] = [
    Thing("apple", "apples"),
    Thing("marble", "marbles"),
    Thing("stamp", "stamps"),
    Thing("bead", "beads"),
    Thing("shell", "shells"),
    Thing("coin", "coins"),
    Thing("seed", "seeds"),
];

const HOLDERS: [Thing; 5] = [
    Thing("box", "boxes"),
    Thing("bag", "bags"),
    Thing("jar", "jars"),
    Thing("tray", "trays"),
    Thing("crate", "crates"),
];

/// Two kinds of goods, what do they cost together?
pub fn total(draw: &mut Draw) -> Task {
    let (Thing(first, firsts), Thing(second, seconds)) = draw.pair(&GOODS);
    let buyer = draw.pick(&BUYERS);
    let (n, m) = (draw.number(2, 15), draw.number(2, 15));
    let (p, q) = (draw.number(2, 25), draw.number(2, 25));
    let (each, other, sum) = (dollars(p), dollars(q), dollars(n * p + m * q));
    let question = draw.say([
        format!("{buyer} buys {n} {firsts} at {each} each and {m} {seconds} at {other} each. What is the total cost?"),
        format!(
            "One {first} costs {each} and one {second} costs {other}. \
             How much do {n} {firsts} and {m} {seconds} cost together?"
        ),
        format!(
            "{buyer} needs {n} {firsts} and {m} {seconds}. \
             The price is {each} per {first} and {other} per {second}. How much must be paid?"
        ),
    ]);
    let steps = [
        format!("The {firsts} cost {n} × {p} = {}.", dollars(n * p)),
        format!("The {seconds} cost {m} × {q} = {}.", dollars(m * q)),
        format!("Together that is {} + {} = {sum}.", n * p, m * q),
    ];
    Task::new(question, steps, sum)
}

/// Some goods are paid with a note, how much comes back?
pub fn change(draw: &mut Draw) -> Task {
    let Thing(one, many) = draw.pick(&GOODS);
    let (n, p) = (draw.number(2, 9), draw.number(2, 20));
    let cost = n * p;
    let note = cost + draw.number(1, 60);
    let (price, paid, left) = (dollars(p), dollars(note), dollars(note - cost));
    let question = draw.say([
        format!("You buy {n} {many} for {price} each and pay with {paid}. How much change do you get?"),
        format!("A {one} costs {price}. Someone buys {n} {many} and hands over {paid}. How much money comes back?"),
        format!("There are {paid} in a purse. After buying {n} {many} at {price} each, how much is left?"),
    ]);
    let steps =
        [format!("The cost is {n} × {p} = {}.", dollars(cost)), format!("What is left is {note} - {cost} = {left}.")];
    Task::new(question, steps, left)
}

/// A price is cut by some percent, what is the new price?
pub fn discount(draw: &mut Draw) -> Task {
    let goods = draw.pick(&GOODS).many();
    let percent = draw.multiple(5, 1, 12);
    let full = draw.multiple(20, 1, 45);
    let cut = full * percent / 100;
    let (price, reduced) = (dollars(full), dollars(full - cut));
    let question = draw.say([
        format!("A set of {goods} costs {price}. In a sale the price falls by {percent}%. What is the new price?"),
        format!("A shop gives {percent}% off a box of {goods} that costs {price}. How much is paid?"),
        format!("The price of a pack of {goods} is {price}. It is cut by {percent} percent. Find the new price."),
    ]);
    let steps = [
        format!("{percent}% of {full} is {full} × {percent} ÷ 100 = {}.", dollars(cut)),
        format!("The new price is {full} - {cut} = {reduced}."),
    ];
    Task::new(question, steps, reduced)
}

/// So much is saved each week, how many weeks until the goal is reached?
pub fn saving(draw: &mut Draw) -> Task {
    let (buyer, goods) = (draw.pick(&BUYERS), draw.pick(&GOODS).many());
    let (start, weekly, weeks) = (draw.number(5, 80), draw.number(3, 40), draw.number(3, 24));
    let missing = weekly * weeks;
    let (have, save, goal) = (dollars(start), dollars(weekly), dollars(start + missing));
    let question = draw.say([
        format!("{buyer} has {have} and saves {save} every week. After how many weeks are there {goal}?"),
        format!(
            "{buyer} wants to buy a set of {goods} for {goal}. \
             There are {have} in the box already, and each week adds {save}. How many weeks does it take?"
        ),
    ]);
    let steps = [
        format!("Still needed: {} - {start} = {}.", start + missing, dollars(missing)),
        format!("At {save} a week this takes {missing} ÷ {weekly} = {weeks} weeks."),
    ];
    Task::new(question, steps, format!("{weeks} weeks"))
}

/// Bought at one price, sold at a higher one, what is the profit?
pub fn profit(draw: &mut Draw) -> Task {
    let goods = draw.pick(&GOODS).many();
    let (n, buy, margin) = (draw.number(3, 30), draw.number(2, 30), draw.number(1, 15));
    let sell = buy + margin;
    let (paid, asked, gain) = (dollars(buy), dollars(sell), dollars(n * margin));
    let question = draw.say([
        format!("A shop buys {n} {goods} at {paid} each and sells all of them at {asked} each. What is the profit?"),
        format!(
            "A market stall sells {n} {goods} for {asked} each. \
             Each of them cost the stall {paid}. How much does the stall earn?"
        ),
    ]);
    let steps = [
        format!("Each one earns {sell} - {buy} = {}.", dollars(margin)),
        format!("For {n} {goods} that is {n} × {margin} = {gain}."),
    ];
    Task::new(question, steps, gain)
}

/// Things are packed evenly, how many in each and how many are left?
pub fn sharing(draw: &mut Draw) -> Task {
    let (things, Thing(holder, holders)) = (draw.pick(&SMALL).many(), draw.pick(&HOLDERS));
    let (n, each) = (draw.number(3, 12), draw.number(3, 30));
    let rest = draw.number(0, n - 1);
    let (packed, all) = (n * each, n * each + rest);
    let question = draw.say([
        format!(
            "{all} {things} are shared evenly among {n} {holders}. \
             How many are in each {holder}, and how many are left over?"
        ),
        format!(
            "We put {all} {things} into {n} {holders}, the same number in each. \
             How many go into one {holder} and how many remain?"
        ),
    ]);
    let steps = [
        format!("Each {holder} gets {each}, because {n} × {each} = {packed}."),
        format!("The rest is {all} - {packed} = {rest}."),
    ];
    Task::new(question, steps, format!("{each} in each {holder}, {rest} left over"))
}
