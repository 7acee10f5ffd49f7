// What the reference implementation says to an expression, in the form that the tested one answers in.
'use strict';

const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

/** How long one evaluation may take; some of the reference's loops never end. */
const STALL_MS = 3000;
/** More steps than any expression needs that ends by itself. */
const STEPS_MAX = 20000;
const DEPTH_MAX = 400;

class Unending extends Error {}

/**
 * What two releases answer to cases that have been answered with `got`: {expected, later} for each, `later` only where
 * `expected` is something else than `got`.
 */
function answers(folder, cases) {
  const found = [];
  return new Promise((resolve) => {
    const go = () => {
      const left = cases.slice(found.length).map(({ expression, document, got }) => ({ expression, document, got }));
      const worker = new Worker(__filename, { workerData: { folder, cases: left, now_ms: NOW_MS } });
      let before = found.length;
      const watch = setInterval(() => {
        if (found.length === before) worker.terminate();
        before = found.length;
      }, STALL_MS);
      worker.on('message', (both) => found.push(both));
      worker.on('error', (error) => console.error(error));
      worker.on('exit', () => {
        clearInterval(watch);
        if (found.length < cases.length) found.push({ expected: null });
        if (found.length < cases.length) go();
        else resolve(found);
      });
    };
    go();
  });
}

/** The worker: one message for each case. */
async function work({ folder, cases }) {
  const [first, latest] = [release(folder, 'first'), release(folder, 'latest')];
  for (const one of cases) {
    const expected = await answer(first, one);
    const later = expected && !same(expected, one.got) ? await answer(latest, one) : null;
    parentPort.postMessage({ expected, later });
    // Without this, messages wait until all is done.
    await new Promise(setImmediate);
  }
}

/** The time of every evaluation: that at which the comparison began. */
const NOW_MS = workerData?.now_ms ?? Date.now();

class FixedDate extends Date {
  constructor(...parts) {
    super(...(parts.length ? parts : [NOW_MS]));
  }
}

/**
 * A release with two peculiarities removed. It begins to evaluate all items of an array and all members of an object at
 * once, so that it is chance which of several faults is told: here it takes them in turn. And it evaluates a predicate behind
 * what is nothing once, over nothing, which can only fail: here it does not.
 */
function release(folder, name) {
  const require = createRequire(path.join(folder, 'index.js'));
  const source = readFileSync(require.resolve(name), 'utf8');
  const inTurn = (items) => async (each) => {
    const all = [];
    for (const [place, item] of items.entries()) all.push(await each(item, place));
    return all;
  };
  const turned = source.replace(/Promise\.all\(([\w.]+(?:\(groups\))?)\s*\.map\(/g, '(inTurn($1)(');
  const patched = turned.replace(/(function evaluateFilter\(predicate, input, environment\) \{)/, '$1 if (input === undefined) return undefined;');
  if (turned === source || patched === turned) throw new Error(`${name} is not as expected`);
  const module = { exports: {} };
  const names = ['module', 'exports', 'require', 'inTurn', 'Date'];
  new Function(...names, patched)(module, module.exports, require, inTurn, FixedDate);
  return module.exports;
}

/** The answer: {result}, {undefined: true}, {error: {code}}, or null where the reference crashes or does not end. */
async function answer(jsonata, { expression, document }) {
  try {
    const compiled = jsonata(expression);
    bound(compiled);
    const value = await compiled.evaluate(document === undefined ? undefined : structuredClone(document));
    if (value === undefined) return { undefined: true };
    return { result: plain(value, 0) };
  } catch (error) {
    if (error instanceof Unending || typeof error.code !== 'string') return null;
    return { error: { code: error.code } };
  }
}

/** Lets an evaluation fail that goes on for too long. */
function bound(compiled) {
  let steps = 0;
  let depth = 0;
  compiled.assign(Symbol.for('jsonata.__evaluate_entry'), () => {
    if (++steps > STEPS_MAX || ++depth > DEPTH_MAX) throw new Unending();
  });
  compiled.assign(Symbol.for('jsonata.__evaluate_exit'), () => {
    depth--;
  });
}

/** The value as JSON: functions as empty strings, what is no number in JSON as its name. */
function plain(value, depth) {
  if (depth > 200) throw new Unending();
  if (value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function') return '';
  if (typeof value !== 'object' || value === null) return value;
  if (value._jsonata_lambda || value._jsonata_function) return '';
  if (Array.isArray(value)) return Array.from(value, (item) => plain(item, depth + 1));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member, depth + 1)]));
}

/** Whether two answers are the same: numbers but for their last digits, members in any order. */
function same(left, right) {
  if (typeof left === 'number' && typeof right === 'number') {
    return left === right || Math.abs(left - right) <= 1e-13 * Math.abs(left);
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  if ('error' in left && 'error' in right && left.error.code) return left.error.code === right.error.code;
  const names = Object.keys(left);
  return Array.isArray(left) === Array.isArray(right) && names.length === Object.keys(right).length
    && names.every((name) => Object.hasOwn(right, name) && same(left[name], right[name]));
}

if (!isMainThread) work(workerData);

module.exports = { answers, same, NOW_MS };
