//! Problems about lengths, areas, volumes and angles.

use super::draw::{Draw, dollars};
use super::task::Task;

const GROUNDS: [&str; 6] = ["garden", "field", "yard", "meadow", "park", "court"];
const FLOORS: [&str; 5] = ["kitchen", "hall", "bathroom", "terrace", "workshop"];

/// A fence around a rectangle, what does it cost?
pub fn fence(draw: &mut Draw) -> Task {
    let ground = draw.pick(&GROUNDS);
    let (length, width, price) = (draw.number(10, 60), draw.number(4, 40), draw.number(2, 12));
    let around = 2 * (length + width);
    let question = draw.say([
        format!(
            "A {ground} is {length} m long and {width} m wide. \
             A fence costs {} per metre. What does the whole fence cost?",
            dollars(price)
        ),
        format!(
            "A rectangular {ground} of {length} m by {width} m gets a fence at {} a metre. How much does it cost?",
            dollars(price)
        ),
    ]);
    let steps = [
        format!("The fence is 2 × ({length} + {width}) = {around} m long."),
        format!("It costs {around} × {price} = {}.", dollars(around * price)),
    ];
    Task::new(question, steps, dollars(around * price))
}

/// A floor is covered with square tiles, how many?
pub fn tiles(draw: &mut Draw) -> Task {
    let floor = draw.pick(&FLOORS);
    let side = draw.pick(&[20, 25, 50]);
    let (length, width) = (draw.number(2, 12), draw.number(2, 9));
    let (along, across) = (length * 100 / side, width * 100 / side);
    let question = draw.say([
        format!(
            "A {floor} measures {length} m by {width} m. \
             Square tiles have sides of {side} cm. How many tiles cover the floor?"
        ),
        format!(
            "The floor of a {floor} is {length} m long and {width} m wide. \
             How many tiles of {side} cm by {side} cm are needed?"
        ),
    ]);
    let steps = [
        format!("Along the length there are {} ÷ {side} = {along} tiles.", length * 100),
        format!("Across the width there are {} ÷ {side} = {across} tiles.", width * 100),
        format!("That makes {along} × {across} = {} tiles.", along * across),
    ];
    Task::new(question, steps, format!("{} tiles", along * across))
}

/// A box is filled to some height, how much water is in it?
pub fn tank(draw: &mut Draw) -> Task {
    let tank = draw.pick(&["tank", "trough", "basin", "aquarium"]);
    let (length, width, height) = (draw.number(2, 20), draw.number(2, 15), draw.number(2, 12));
    let base = length * width;
    let question = draw.say([
        format!("A {tank} is {length} dm long, {width} dm wide and {height} dm high. How many litres does it hold?"),
        format!(
            "How much water fits into a {tank} of {length} dm by {width} dm by {height} dm? \
             One cubic dm is one litre."
        ),
    ]);
    let steps = [
        format!("The base is {length} × {width} = {base} square dm."),
        format!("The volume is {base} × {height} = {} cubic dm.", base * height),
    ];
    Task::new(question, steps, format!("{} litres", base * height))
}

/// A triangle from base and height, what is its area?
pub fn triangle(draw: &mut Draw) -> Task {
    let thing = draw.pick(&["sail", "flag", "roof", "sign", "lawn"]);
    let (base, height) = (draw.multiple(2, 2, 40), draw.number(3, 50));
    let product = base * height;
    let question = draw.say([
        format!("A {thing} has the shape of a triangle with base {base} m and height {height} m. What is its area?"),
        format!("Find the area of a {thing}: a triangle {base} m wide at the base and {height} m high."),
    ]);
    let steps = [
        format!("Base times height is {base} × {height} = {product}."),
        format!("Half of it is {product} ÷ 2 = {} square metres.", product / 2),
    ];
    Task::new(question, steps, format!("{} square metres", product / 2))
}

/// A path runs around a rectangle, what is the area of the path?
pub fn border(draw: &mut Draw) -> Task {
    let ground = draw.pick(&GROUNDS);
    let (length, width, path) = (draw.number(6, 30), draw.number(4, 20), draw.number(1, 3));
    let (outer_length, outer_width) = (length + 2 * path, width + 2 * path);
    let (outer, inner) = (outer_length * outer_width, length * width);
    let question = draw.say([
        format!(
            "A {ground} of {length} m by {width} m has a path {path} m wide all around it. \
             What is the area of the path?"
        ),
        format!(
            "Around a {ground}, {length} m long and {width} m wide, runs a path of {path} m width. \
             How large is the path?"
        ),
    ]);
    let steps = [
        format!(
            "With the path it is {outer_length} m by {outer_width} m, \
             so {outer_length} × {outer_width} = {outer} square metres."
        ),
        format!("Without it, {length} × {width} = {inner} square metres."),
        format!("The path has {outer} - {inner} = {} square metres.", outer - inner),
    ];
    Task::new(question, steps, format!("{} square metres", outer - inner))
}

/// Two angles of a triangle, what is the third?
pub fn angles(draw: &mut Draw) -> Task {
    let (first, second) = (draw.number(15, 110), draw.number(15, 60));
    let sum = first + second;
    let question = draw.say([
        format!("Two angles of a triangle are {first}° and {second}°. How large is the third angle?"),
        format!("In a triangle one angle is {first} degrees and another {second} degrees. Find the last one."),
    ]);
    let steps = [
        format!("The two angles make {first} + {second} = {sum}°."),
        format!("All three make 180°, so the third is 180 - {sum} = {}°.", 180 - sum),
    ];
    Task::new(question, steps, format!("{}°", 180 - sum))
}
