//! The intrinsic functions that count and those that draw.

use crate::builtin::intrinsics::{Call, Complaint};
use crate::builtin::random::Random;

/// `States.MathAdd(a, b)`. Each is rounded before they are added: 1.49 + 1.5 is 3 (recorded).
pub(super) fn add(call: &mut Call<'_>) -> Result<(), Complaint> {
    let (left, right) = (call.integer(0)?, call.integer(1)?);
    let sum = left.checked_add(right).ok_or("the sum is beyond 64 bits")?;
    call.put_integer(sum);
    Ok(())
}

/// `States.MathRandom(start, end[, seed])`: an integer from `start`, below `end`. The same seed gives the same number,
/// though not the one that Step Functions gives: its generator is not known.
pub(super) fn random(call: &mut Call<'_>) -> Result<(), Complaint> {
    let (start, end) = (call.integer(0)?, call.integer(1)?);
    if end <= start {
        return Err(format!("the end must be more than the start, but {end} is not more than {start}").into());
    }
    let width = end.wrapping_sub(start) as u64; // Right also where the difference is beyond i64.
    let above = match call.arguments.len() {
        2 => call.random.below(width),
        _ => Random::new(call.integer(2)? as u64).below(width),
    };
    call.put_integer(start.wrapping_add(above as i64));
    Ok(())
}

/// `States.UUID()`: version 4.
pub(super) fn uuid(call: &mut Call<'_>) -> Result<(), Complaint> {
    let uuid = call.random.uuid();
    call.put_string(&uuid);
    Ok(())
}
