//! Problems about ages, fractions, percents, averages and patterns.

use super::draw::{Draw, Thing};
use super::task::Task;

const OLD: [&str; 8] = ["pine", "tower", "bridge", "clock", "mill", "ship", "statue", "castle"];
const FRUIT: [&str; 6] = ["apples", "pears", "plums", "cherries", "oranges", "figs"];
const FOODS: [&str; 6] = ["cake", "bread", "pudding", "porridge", "pancakes", "biscuits"];
const INGREDIENTS: [&str; 6] = ["flour", "sugar", "butter", "oats", "milk", "honey"];
const GROUPS: [&str; 5] = ["town", "village", "herd", "club", "forest"];
const DAYS: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const YEARS: Thing = Thing("year", "years");

/// One thing is several times as old as another; from the sum, how old are they?
pub fn ages(draw: &mut Draw) -> Task {
    let (old, young) = draw.pair(&OLD);
    let (times, age) = (draw.number(2, 9), draw.number(3, 60));
    let sum = (times + 1) * age;
    let question = draw.say([
        format!(
            "The {old} is {times} times as old as the {young}. \
             Together they are {sum} years old. How old is the {old}?"
        ),
        format!(
            "A {young} and a {old} are {sum} years old in all, \
             and the {old} has {times} times the age of the {young}. Find the age of the {old}."
        ),
    ]);
    let steps = [
        format!("The sum is {times} + 1 = {} times the age of the {young}.", times + 1),
        format!("The {young} is {sum} ÷ {} = {} old.", times + 1, YEARS.count(age)),
        format!("The {old} is {times} × {age} = {} old.", YEARS.count(times * age)),
    ];
    Task::new(question, steps, YEARS.count(times * age))
}

/// Two ages now, how old in some years together?
pub fn later(draw: &mut Draw) -> Task {
    let (first, second) = draw.pair(&OLD);
    let (a, b, wait) = (draw.number(5, 120), draw.number(5, 120), draw.number(2, 40));
    let (x, y) = (a + wait, b + wait);
    let question = draw.say([
        format!("The {first} is {a} years old and the {second} is {b}. How old will they be together in {wait} years?"),
        format!(
            "A {first} is {a} years old, a {second} {b} years. \
             What will be the sum of their ages {wait} years from now?"
        ),
    ]);
    let steps = [
        format!("In {wait} years the {first} will be {a} + {wait} = {x}."),
        format!("The {second} will be {b} + {wait} = {y}."),
        format!("The sum is {x} + {y} = {}.", x + y),
    ];
    Task::new(question, steps, YEARS.count(x + y))
}

/// A fraction is taken away, how many remain?
pub fn fraction(draw: &mut Draw) -> Task {
    let fruit = draw.pick(&FRUIT);
    let parts = draw.number(3, 9);
    let taken = draw.number(1, parts - 1);
    let each = draw.number(2, 40);
    let (all, gone) = (parts * each, taken * each);
    let question = draw.say([
        format!("A farm picks {all} {fruit} and sells {taken}/{parts} of them. How many {fruit} are left?"),
        format!("Of {all} {fruit} in a cellar, {taken}/{parts} are eaten. How many {fruit} remain?"),
        format!("A basket holds {all} {fruit}. We take {taken}/{parts} of them out. How many stay in the basket?"),
    ]);
    let steps = [
        format!("One part is {all} ÷ {parts} = {each} {fruit}."),
        format!("Taking {taken}/{parts} means {taken} × {each} = {gone} {fruit}."),
        format!("There remain {all} - {gone} = {} {fruit}.", all - gone),
    ];
    Task::new(question, steps, format!("{} {fruit}", all - gone))
}

/// A number grows by some percent, what is it then?
pub fn growth(draw: &mut Draw) -> Task {
    let group = draw.pick(&GROUPS);
    let member = if group == "herd" {
        "sheep"
    } else if group == "forest" {
        "trees"
    } else {
        "members"
    };
    let (percent, size) = (draw.multiple(5, 1, 18), draw.multiple(20, 2, 70));
    let more = size * percent / 100;
    let question = draw.say([
        format!("A {group} has {size} {member}. The number grows by {percent}%. How many {member} are there now?"),
        format!(
            "Last year a {group} counted {size} {member}; this year it counts {percent} percent more. \
             How many is that?"
        ),
    ]);
    let steps = [
        format!("{percent}% of {size} is {size} × {percent} ÷ 100 = {more}."),
        format!("Now there are {size} + {more} = {} {member}.", size + more),
    ];
    Task::new(question, steps, format!("{} {member}", size + more))
}

/// Three or four counts, what is their mean?
pub fn average(draw: &mut Draw) -> Task {
    let visitors = draw.pick(&["visitors", "letters", "birds", "guests", "parcels"]);
    let (mean, a, b) = (draw.number(40, 120), draw.number(-15, 15), draw.number(-15, 15));
    let values = [mean + a, mean + b, mean - a - b];
    let days = draw.number(0, 2) as usize;
    let [x, y, z] = values;
    let [first, second, third] = [DAYS[days], DAYS[days + 1], DAYS[days + 2]];
    let question = draw.say([
        format!(
            "There were {x} {visitors} on {first}, {y} on {second} and {z} on {third}. What is the average per day?"
        ),
        format!(
            "We counted {x} {visitors} on {first}, {y} on {second} and {z} on {third}. Find the mean number a day."
        ),
    ]);
    let steps = [
        format!("The sum is {x} + {y} + {z} = {}.", 3 * mean),
        format!("Over 3 days the average is {} ÷ 3 = {mean}.", 3 * mean),
    ];
    Task::new(question, steps, format!("{mean} {visitors}"))
}

/// Each row has some more than the one before, how many in a later row?
pub fn rows(draw: &mut Draw) -> Task {
    let seats = draw.pick(&["seats", "stones", "lamps", "tulips", "bricks"]);
    let (first, more, row) = (draw.number(3, 40), draw.number(2, 12), draw.number(4, 20));
    let gain = more * (row - 1);
    let question = draw.say([
        format!(
            "The first row has {first} {seats}. \
             Each next row has {more} more than the row before. How many {seats} are in row {row}?"
        ),
        format!(
            "Row 1 of a pattern has {first} {seats}, and every row adds {more} to the last one. \
             How many {seats} has row {row}?"
        ),
    ]);
    let steps = [
        format!("From row 1 to row {row} there are {} jumps.", row - 1),
        format!("They add {} × {more} = {gain} {seats}.", row - 1),
        format!("Row {row} has {first} + {gain} = {} {seats}.", first + gain),
    ];
    Task::new(question, steps, format!("{} {seats}", first + gain))
}

/// An amount for some guests, how much for more of them?
pub fn recipe(draw: &mut Draw) -> Task {
    let (food, ingredient) = (draw.pick(&FOODS), draw.pick(&INGREDIENTS));
    let (guests, each, wanted) = (draw.number(2, 8), draw.number(5, 60), draw.number(9, 40));
    let (amount, needed) = (guests * each, wanted * each);
    let question = draw.say([
        format!(
            "To make {food} for {guests} guests takes {amount} grams of {ingredient}. \
             How much {ingredient} is needed for {wanted} guests?"
        ),
        format!(
            "A cook uses {amount} g of {ingredient} to make {food} for {guests} plates. How much for {wanted} plates?"
        ),
    ]);
    let steps = [
        format!("One portion needs {amount} ÷ {guests} = {each} grams."),
        format!("{wanted} portions need {wanted} × {each} = {needed} grams."),
    ];
    Task::new(question, steps, format!("{needed} grams"))
}

/// One pile is so much larger than another, how many in both?
pub fn compare(draw: &mut Draw) -> Task {
    let (first, second) = draw.pair(&FRUIT);
    let (fewer, more) = (draw.number(6, 150), draw.number(2, 70));
    let larger = fewer + more;
    let question = draw.say([
        format!(
            "There are {fewer} {first} and {more} more {second} than {first}. \
             How many pieces of fruit are there in all?"
        ),
        format!(
            "A stall has {fewer} {first}. It has {more} more {second}. \
             How many {first} and {second} does it have together?"
        ),
    ]);
    let steps = [
        format!("There are {fewer} + {more} = {larger} {second}."),
        format!("In all there are {fewer} + {larger} = {} pieces.", fewer + larger),
    ];
    Task::new(question, steps, (fewer + larger).to_string())
}

/// A temperature rises and falls, where does it end?
pub fn temperature(draw: &mut Draw) -> Task {
    let place = draw.pick(&["on the hill", "in the valley", "at the coast", "in the cellar", "in the glasshouse"]);
    let (start, rise, fall) = (draw.number(-9, 20), draw.number(2, 18), draw.number(2, 18));
    let noon = start + rise;
    let question = draw.say([
        format!(
            "In the morning it is {start} °C {place}. \
             It gets {rise} degrees warmer by noon and then {fall} degrees colder. How warm is it in the evening?"
        ),
        format!(
            "A thermometer {place} shows {start} °C. \
             It rises by {rise} degrees and falls by {fall} degrees. What does it show then?"
        ),
    ]);
    let steps = [
        format!("After the rise it is {start} + {rise} = {noon} °C."),
        format!("After the fall it is {noon} - {fall} = {} °C.", noon - fall),
    ];
    Task::new(question, steps, format!("{} °C", noon - fall))
}
