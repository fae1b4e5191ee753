//! How fast models of the right shape are: random weights, real sizes.

mod shapes;

pub use shapes::Shape;
