import { LoadProgressView } from '../../../../src/cli/load-progress-view.js';

/** A terminal that holds whole lines; the cursor is always below the last one. */
class Terminal {
  readonly isTTY: boolean;
  lines: string[] = [];

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.lines.push(...text.split('\n').slice(0, -1));
  }

  moveCursor(_dx: number, dy: number): void {
    this.lines.length += dy;
  }

  clearScreenDown(): void {}
}

describe('LoadProgressView', () => {
  const viewOn = (terminal: Terminal): LoadProgressView =>
    new LoadProgressView(terminal as unknown as NodeJS.WriteStream);

  it('has a line per rank with a bar, rewritten in place', () => {
    const terminal = new Terminal(true);
    const view = viewOn(terminal);
    terminal.write('before\n');
    view.update({ rank: 1, fraction: 0, phase: 'starting' });
    view.update({ rank: 0, fraction: 0.5, phase: 'reading weights' });
    view.update({ rank: 1, fraction: 1, phase: 'loaded' });
    expect(terminal.lines).toEqual([
      'before',
      'rank 0  ##########..........   50%  reading weights',
      'rank 1  ####################  100%  loaded',
    ]);
  });

  it('leaves nothing behind', () => {
    const terminal = new Terminal(true);
    const view = viewOn(terminal);
    terminal.write('before\n');
    view.update({ rank: 0, fraction: 0.5, phase: 'x' });
    view.close();
    view.close();
    expect(terminal.lines).toEqual(['before']);
  });

  it('writes nothing where there is no terminal', () => {
    const terminal = new Terminal(false);
    viewOn(terminal).update({ rank: 0, fraction: 0.5, phase: 'x' });
    expect(terminal.lines).toEqual([]);
  });
});
