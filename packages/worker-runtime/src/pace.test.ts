import { beforeEach, expect, test } from 'vitest';
import { Pace } from './pace.ts';

let nowMs: number;
let pace: Pace;

beforeEach(() => {
  nowMs = 0;
  pace = new Pace(4, () => nowMs);
});

/** Keeps the worker full for `count` pictures of `itemMs` each. */
function work(count: number, itemMs: number): void {
  for (let i = 0; i < 4; i += 1) pace.began();
  for (let i = 0; i < count; i += 1) {
    nowMs += itemMs;
    pace.left(true);
    pace.began();
  }
  for (let i = 0; i < 4; i += 1) pace.left(false);
}

test('a full worker measures itself', () => {
  work(50, 20);
  expect(pace.read(undefined)).toBeCloseTo(50);
});

test('time without work does not count', () => {
  work(50, 20);
  nowMs += 60_000;
  expect(pace.read(undefined)).toBeCloseTo(50);
});

test('a worker that is never full says what its engine says', () => {
  pace.began();
  nowMs += 5_000;
  pace.left(true);
  expect(pace.read(33)).toBe(33);
  expect(new Pace(4, () => nowMs).read(undefined)).toBeUndefined();
});

test('pictures that cost nothing do not make it faster', () => {
  for (let i = 0; i < 4; i += 1) pace.began();
  for (let i = 0; i < 100; i += 1) {
    nowMs += 10;
    pace.left(i % 10 === 0);
    pace.began();
  }
  expect(pace.read(undefined)).toBeCloseTo(10);
});

test('it follows what changes, and keeps what it knew while it has nothing to do', () => {
  work(50, 20);
  expect(pace.read(undefined)).toBeCloseTo(50);
  work(50, 40);
  expect(pace.read(undefined)).toBeCloseTo(37.5);
  expect(pace.read(undefined)).toBeCloseTo(37.5);
});

test('a picture is alone while no other is in flight, and when none was beside the one before', () => {
  pace.began();
  expect(pace.isAlone).toBe(true);
  pace.left(true);
  pace.began();
  expect(pace.isAlone).toBe(true);
  pace.began();
  expect(pace.isAlone).toBe(false);
  pace.left(true);
  // The other has ended, and its caller may send the next one.
  expect(pace.isAlone).toBe(false);
  pace.left(true);
  pace.began();
  expect(pace.isAlone).toBe(false);
  pace.left(true);
  pace.began();
  expect(pace.isAlone).toBe(true);
});
