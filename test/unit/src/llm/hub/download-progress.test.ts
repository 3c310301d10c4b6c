import { DownloadProgress } from '../../../../../src/llm/hub/download-progress.js';

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 60, written, write: (text: string) => written.push(text) };
}

function clock() {
  let time = 5000;
  return { now: () => time, advance: (ms: number) => (time += ms) };
}

const missing = (name: string, size: number, numBytes = 0) => ({ file: { name, size, etag: name }, numBytes });
const FILES = [missing('a', 400), missing('b', 600, 200)];

describe('the progress of a download', () => {
  it('is the share of bytes that are there, also of those from before', () => {
    const progress = new DownloadProgress('org/model', FILES, undefined, clock());
    expect(progress.fraction).toBe(0.2);
    progress.fileReached('a', 400);
    expect(progress.fraction).toBe(0.6);
  });

  it('goes back with a file that begins anew', () => {
    const progress = new DownloadProgress('org/model', FILES, undefined, clock());
    progress.fileReached('b', 0);
    expect(progress.fraction).toBe(0);
  });

  it('is whole when nothing is missing', () => {
    expect(new DownloadProgress('org/model', [], undefined, clock()).fraction).toBe(1);
  });

  describe('on a terminal', () => {
    it('rewrites one line, no more often than people see, and no longer than the line is', () => {
      const [screen, time] = [terminal(true), clock()];
      const progress = new DownloadProgress('org/model', FILES, screen, time);
      time.advance(1000);
      progress.fileReached('a', 100);
      time.advance(50);
      progress.fileReached('a', 200);
      time.advance(50);
      progress.fileReached('a', 300);
      expect(screen.written).toHaveLength(2);
      expect(screen.written[0]).toBe('\r\u001B[KDownloading org/model: 0/2 files, 300 B of 1.0 kB (30%), 0.');
    });

    it('leaves the last state, whole, on a line of its own', () => {
      const [screen, time] = [terminal(true), clock()];
      const progress = new DownloadProgress('org/model', FILES, screen, time);
      progress.fileReached('a', 400);
      progress.fileFinished();
      time.advance(2);
      progress.fileReached('b', 600);
      progress.fileFinished();
      progress.close();
      expect(screen.written.at(-1)).toBe(
        '\r\u001B[KDownloading org/model: 2/2 files, 1.0 kB of 1.0 kB (100%), 0.4 MB/s\n',
      );
    });

    it('makes way for a line of its own', () => {
      const screen = terminal(true);
      const progress = new DownloadProgress('org/model', FILES, screen, clock());
      progress.fileReached('a', 1);
      progress.say('Waiting.');
      progress.close();
      expect(screen.written.slice(1)).toEqual(['\r\u001B[KWaiting.\n']);
    });
  });

  describe('elsewhere', () => {
    it('has a line for every tenth', () => {
      const screen = terminal(false);
      const progress = new DownloadProgress('org/model', FILES, screen, clock());
      for (let numBytes = 0; numBytes <= 400; numBytes++) progress.fileReached('a', numBytes);
      for (let numBytes = 200; numBytes <= 600; numBytes++) progress.fileReached('b', numBytes);
      progress.close();
      const shares = screen.written.map((line) => /\((\d+)%\)/.exec(line)![1]);
      expect(shares).toEqual(['20', '30', '40', '50', '60', '70', '80', '90', '100']);
      expect(screen.written.join('')).not.toContain('\r');
    });

    it('has one line for a step over several tenths', () => {
      const screen = terminal(false);
      const progress = new DownloadProgress('org/model', FILES, screen, clock());
      progress.fileReached('b', 600);
      progress.fileReached('a', 1);
      expect(screen.written).toHaveLength(1);
    });
  });

  it('shows nothing without a terminal', () => {
    const progress = new DownloadProgress('org/model', FILES, undefined, clock());
    expect(() => {
      progress.fileReached('a', 400);
      progress.say('Waiting.');
      progress.close();
    }).not.toThrow();
  });
});
