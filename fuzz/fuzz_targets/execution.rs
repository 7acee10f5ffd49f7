//! A random definition over any input: the execution ends within its limits, the same way packed up as not.
#![no_main]

#[path = "../../tests/suite/driver.rs"]
#[expect(dead_code, reason = "the suite uses more of it")]
mod driver;
#[path = "../../tests/suite/random.rs"]
mod random;

use driver::Reply;
use expressway::compile::Options;
use expressway::program::Program;
use libfuzzer_sys::fuzz_target;
use random::Dice;
use std::collections::HashMap;
use std::rc::Rc;

thread_local! {
    /// Compiling takes longer than running, so that each definition is compiled once.
    static PROGRAMS: std::cell::RefCell<HashMap<u16, Option<Rc<Program>>>> = Default::default();
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&[high, low], input)) = bytes.split_first_chunk() else { return };
    let seed = u16::from_be_bytes([high, low]);
    let Some(program) = PROGRAMS.with_borrow_mut(|known| known.entry(seed).or_insert_with(|| program(seed)).clone()) else {
        return;
    };
    let mut dice = Dice::new(seed.into());
    let input = std::str::from_utf8(input).ok().filter(|text| !text.trim().is_empty());
    let inputs = [input.map_or_else(|| random::input(&mut dice), str::to_owned), random::input(&mut dice)];
    let run = |place: usize| driver::run(&program, &inputs[place], &echo, place as u64 + 1);
    let alone = vec![run(0), run(1)];
    assert_eq!(alone, driver::run_in_turns(&program, &[&inputs[0], &inputs[1]], &echo));
});

fn program(seed: u16) -> Option<Rc<Program>> {
    let definition = random::definition(&mut Dice::new(seed.into())).to_string();
    let options = Options { instructions: 20_000, ..Options::default() };
    driver::program(&definition, &options, false).ok().map(Rc::new)
}

/// A task that sometimes fails.
fn echo(_: &str, parameters: &str, earlier: u32) -> Reply {
    match (parameters.len() + earlier as usize) % 5 {
        0 => Reply::Failed(Some("Odd".into()), None),
        1 => Reply::TimedOut,
        _ => Reply::Output(parameters.to_owned()),
    }
}
