import { Lab } from '../support/lab.js';
import { actors } from './api/actors.js';

describe('a driver that starts its own cluster', () => {
  let lab: Lab;
  let printed: Readonly<Record<string, unknown>>;
  beforeAll(async () => {
    lab = new Lab();
    printed = await lab.drive('actors').printed();
  });
  afterAll(() => lab.close());

  actors.facts(() => printed, 1);

  it('leaves no process behind', () => {
    expect(lab.processes()).toEqual([]);
  });
});
