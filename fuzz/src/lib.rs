//! What all targets share: a property, made once and looked at for every input.

use std::fmt::Display;

use agentidp_properties::Property;

pub use libfuzzer_sys::fuzz_target;

/// Defines the target of a property.
#[macro_export]
macro_rules! target {
    ($property:ty) => {
        std::thread_local! {
            // Never dropped: libFuzzer ends the process where it stands.
            static PROPERTY: std::mem::ManuallyDrop<$property> =
                std::mem::ManuallyDrop::new($crate::made());
        }

        $crate::fuzz_target!(|input: &[u8]| {
            PROPERTY.with(|property| $crate::hold::<$property>(property, input));
        });
    };
}

/// Makes a property.
///
/// # Panics
///
/// When it cannot be made.
#[must_use]
pub fn made<P: Property>() -> P {
    P::new().unwrap_or_else(|broken| fail::<P>(&broken))
}

/// Looks at an input.
///
/// # Panics
///
/// When the property does not hold for it: to libFuzzer a panic is a crash.
pub fn hold<P: Property>(property: &P, input: &[u8]) {
    if let Err(broken) = property.check(input) {
        fail::<P>(&broken);
    }
}

fn fail<P: Property>(broken: &dyn Display) -> ! {
    panic!("{}: {broken}", P::NAME)
}
