//! All cores beside one: executions a second, by the clock.

use crate::inputs::Input;
use crate::measure::{children, on_one_core, rounds};
use crate::table::{Table, Target};
use crate::{Setting, files};

pub fn measure(setting: &Setting, table: &mut Table) {
    compare(setting, table, setting.inputs.findings(), 1.6);
    compare(setting, table, setting.inputs.orders(), 6.0);
}

fn compare(setting: &Setting, table: &mut Table, input: &Input, millions: f64) {
    let per_second = || input.events() / children(|| files::finish(files::run(setting, input, "/dev/null"))).wall;
    let [one, all] = rounds([&mut || on_one_core(per_second), &mut || per_second()]);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let for_two = |target| if cores == 2 { Target::AtLeast(target) } else { Target::None };
    let name = &input.name;
    table.add(format!("{name} on {cores} cores"), all / 1e6, "million a second", for_two(millions));
    table.add(format!("{name} on {cores} cores, to one"), all / one, "×", for_two(1.85));
}
