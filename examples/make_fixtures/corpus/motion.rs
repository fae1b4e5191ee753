//! Problems about distance, speed, rates, clocks and maps.

use super::draw::{Draw, Thing};
use super::task::Task;

const VEHICLES: [&str; 7] = ["train", "bus", "truck", "ferry", "tram", "van", "coach"];
const PLACES: [&str; 8] =
    ["the harbour", "the mill", "the lake", "the castle", "the market", "the bridge", "the station", "the farm"];
const MACHINES: [&str; 5] = ["printer", "press", "robot", "oven", "loom"];
const PRODUCTS: [Thing; 5] = [
    Thing("page", "pages"),
    Thing("bolt", "bolts"),
    Thing("cloth", "cloths"),
    Thing("loaf", "loaves"),
    Thing("label", "labels"),
];
const EVENTS: [&str; 6] = ["A film", "A concert", "A lesson", "A match", "A tour", "A meeting"];
const HOURS: Thing = Thing("hour", "hours");
const MINUTES: Thing = Thing("minute", "minutes");

/// Two legs at different speeds, how far in all?
pub fn distance(draw: &mut Draw) -> Task {
    let vehicle = draw.pick(&VEHICLES);
    let (fast, slow) = (draw.multiple(5, 6, 20), draw.multiple(5, 2, 12));
    let (a, b) = (draw.number(1, 6), draw.number(1, 6));
    let (first, second) = (HOURS.count(a), HOURS.count(b));
    let question = draw.say([
        format!("A {vehicle} travels {first} at {fast} km/h and then {second} at {slow} km/h. How far does it go?"),
        format!(
            "For {first} a {vehicle} moves at {fast} km per hour, then for {second} at {slow} km per hour. \
             What is the whole distance?"
        ),
    ]);
    let steps = [
        format!("The first part is {fast} × {a} = {} km.", fast * a),
        format!("The second part is {slow} × {b} = {} km.", slow * b),
        format!("The whole way is {} + {} = {} km.", fast * a, slow * b, fast * a + slow * b),
    ];
    Task::new(question, steps, format!("{} km", fast * a + slow * b))
}

/// A way at a speed with a stop, how long does it take?
pub fn arrival(draw: &mut Draw) -> Task {
    let vehicle = draw.pick(&VEHICLES);
    let (from, to) = draw.pair(&PLACES);
    let (speed, hours, stop) = (draw.multiple(5, 4, 22), draw.number(2, 7), draw.multiple(5, 1, 11));
    let (way, driving) = (speed * hours, hours * 60);
    let question = draw.say([
        format!(
            "It is {way} km from {from} to {to}. \
             A {vehicle} goes {speed} km/h and stops once for {stop} minutes. How many minutes does the trip take?"
        ),
        format!(
            "A {vehicle} leaves {from} for {to}, {way} km away, at {speed} km per hour. \
             On the way it waits {stop} minutes. How long is the trip in minutes?"
        ),
    ]);
    let steps = [
        format!("Moving takes {way} ÷ {speed} = {} or {driving} minutes.", HOURS.count(hours)),
        format!("With the stop it is {driving} + {stop} = {} minutes.", driving + stop),
    ];
    Task::new(question, steps, MINUTES.count(driving + stop))
}

/// Two vehicles start towards each other, when do they meet?
pub fn meeting(draw: &mut Draw) -> Task {
    let vehicle = draw.pick(&VEHICLES);
    let (from, to) = draw.pair(&PLACES);
    let (a, b, hours) = (draw.multiple(2, 10, 45), draw.multiple(2, 10, 45), draw.number(2, 8));
    let gap = (a + b) * hours;
    let question = draw.say([
        format!(
            "Two {vehicle} lines link {from} and {to}, {gap} km apart. \
             One {vehicle} starts at each end, at {a} km/h and {b} km/h. After how many hours do they meet?"
        ),
        format!(
            "A {vehicle} leaves {from} at {a} km/h. At the same time another leaves {to} at {b} km/h towards it. \
             The distance is {gap} km. When do they meet?"
        ),
    ]);
    let steps = [
        format!("Each hour the gap shrinks by {a} + {b} = {} km.", a + b),
        format!("They meet after {gap} ÷ {} = {}.", a + b, HOURS.count(hours)),
    ];
    Task::new(question, steps, HOURS.count(hours))
}

/// Water flows in and out, how long until the tank is full?
pub fn filling(draw: &mut Draw) -> Task {
    let tank = draw.pick(&["tank", "pool", "barrel", "pond"]);
    let (inflow, leak, minutes) = (draw.number(8, 40), draw.number(1, 7), draw.number(5, 40));
    let (net, volume) = (inflow - leak, (inflow - leak) * minutes);
    let question = draw.say([
        format!(
            "A {tank} holds {volume} litres. A pipe brings {inflow} litres a \
             minute while {leak} litres a minute leak out. How long does it take to fill?"
        ),
        format!(
            "Every minute {inflow} litres flow into an empty {tank} and {leak} litres flow out. \
             After how many minutes does it hold {volume} litres?"
        ),
    ]);
    let steps = [
        format!("Each minute the {tank} gains {inflow} - {leak} = {net} litres."),
        format!("Filling takes {volume} ÷ {net} = {}.", MINUTES.count(minutes)),
    ];
    Task::new(question, steps, MINUTES.count(minutes))
}

/// Two machines work together, how much do they make?
pub fn machines(draw: &mut Draw) -> Task {
    let (machine, product) = (draw.pick(&MACHINES), draw.pick(&PRODUCTS));
    let (a, b, time) = (draw.number(4, 45), draw.number(4, 45), draw.number(2, 15));
    let made = product.many();
    let question = draw.say([
        format!(
            "One {machine} makes {a} {made} a minute, another makes {b}. \
             How many {made} do both make in {time} minutes?"
        ),
        format!(
            "An old {machine} makes {a} {made} per minute and a new one {b} per minute. \
             They run together for {time} minutes. How many {made} is that?"
        ),
    ]);
    let steps = [
        format!("Together they make {a} + {b} = {} {made} a minute.", a + b),
        format!("In {time} minutes that is {} × {time} = {} {made}.", a + b, (a + b) * time),
    ];
    Task::new(question, steps, format!("{} {made}", (a + b) * time))
}

/// Something begins and lasts so long, when does it end?
pub fn clock(draw: &mut Draw) -> Task {
    let event = draw.pick(&EVENTS);
    let (hour, minute, lasts) = (draw.number(8, 19), draw.multiple(5, 0, 11), draw.multiple(5, 13, 40));
    let (hours, rest) = (lasts / 60, lasts % 60);
    let end = hour * 60 + minute + lasts;
    let shown = format!("{}:{:02}", end / 60, end % 60);
    let question = draw.say([
        format!("{event} starts at {hour}:{minute:02} and lasts {lasts} minutes. When does it end?"),
        format!("{event} begins at {hour}:{minute:02}. It takes {lasts} minutes. At what time is it over?"),
    ]);
    let steps = [
        format!("{lasts} minutes are {} and {}.", HOURS.count(hours), MINUTES.count(rest)),
        format!("{} after {hour}:{minute:02} it is {}:{minute:02}.", HOURS.count(hours), hour + hours),
        format!("{} more make it {shown}.", MINUTES.count(rest)),
    ];
    Task::new(question, steps, shown)
}

/// A length on a map and its scale, how far is it really?
pub fn map(draw: &mut Draw) -> Task {
    let (from, to) = draw.pair(&PLACES);
    let (scale, length) = (draw.number(2, 60), draw.number(2, 35));
    let question = draw.say([
        format!(
            "On a map 1 cm stands for {scale} km. \
             From {from} to {to} it is {length} cm on the map. How many km is that?"
        ),
        format!("A map shows {scale} km as 1 cm. How far is it from {from} to {to} if the map shows {length} cm?"),
    ]);
    let steps = [
        format!("Each cm stands for {scale} km."),
        format!("So {length} cm stand for {length} × {scale} = {} km.", length * scale),
    ];
    Task::new(question, steps, format!("{} km", length * scale))
}
