// Random choices that a seed decides, the same on every machine.
'use strict';

/** A source of choices (mulberry32). */
class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** A number from 0 to below 1. */
  fraction() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 to below `count`. */
  below(count) {
    return Math.floor(this.fraction() * count);
  }

  /** True this often. */
  often(probability) {
    return this.fraction() < probability;
  }

  pick(items) {
    return items[this.below(items.length)];
  }

  /** Calls one of the functions; each is preceded by its weight: `choose(3, a, 1, b)`. */
  choose(...weighted) {
    let total = 0;
    for (let at = 0; at < weighted.length; at += 2) total += weighted[at];
    let left = this.fraction() * total;
    for (let at = 0; at < weighted.length; at += 2) {
      left -= weighted[at];
      if (left < 0) return weighted[at + 1]();
    }
    return weighted[weighted.length - 1]();
  }

  /** As many results of `make` as chance wants, within these bounds. */
  some(least, most, make) {
    return Array.from({ length: least + this.below(most - least + 1) }, () => make());
  }
}

module.exports = { Random };
