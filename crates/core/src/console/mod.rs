//! Pages of the AWS console: the services that can be asked for by name, and the pages that an ARN or an address names.
//!
//! All of it is pure. The paths are those that the console shows in the address bar; AWS documents few of them.

mod address;
mod destination;
mod pasted;
mod place;
mod resource;
mod services;

pub use destination::{Asked, Destination, DestinationError};
pub use pasted::read_place;
pub use place::{Place, PlaceError, names_place};
pub use services::{Scope, Service, services};
