const MS_PER_SECOND = 1000;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** How far a download is; bytes count what earlier processes left, `newBytes` does not. */
export interface DownloadState {
  readonly name: string;
  readonly numFiles: number;
  readonly numFinished: number;
  readonly numBytes: number;
  readonly totalBytes: number;
  readonly newBytes: number;
  readonly elapsedMs: number;
}

/** Decimal units, as the hub's pages have: "1.5 GB". */
export function formatBytes(numBytes: number): string {
  const unit = Math.min(Math.floor(Math.log10(Math.max(numBytes, 1)) / 3), UNITS.length - 1);
  return `${(numBytes / 1000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600 ? `${Math.ceil(whole / 60)} min` : `${(whole / 3600).toFixed(1)} h`;
}

/** One line: files, bytes, MB/s and the time that the rest will take. */
export function formatDownload(state: DownloadState): string {
  const { name, numFiles, numFinished, numBytes, totalBytes, newBytes, elapsedMs } = state;
  const bytesPerSecond = elapsedMs > 0 ? (newBytes / elapsedMs) * MS_PER_SECOND : 0;
  const share = totalBytes === 0 ? 100 : Math.floor((numBytes / totalBytes) * 100);
  const counts = `${numFinished}/${numFiles} files, ${formatBytes(numBytes)} of ${formatBytes(totalBytes)} (${share}%)`;
  const eta = bytesPerSecond > 0 ? `, ETA ${formatSeconds((totalBytes - numBytes) / bytesPerSecond)}` : '';
  return `Downloading ${name}: ${counts}, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s${numBytes < totalBytes ? eta : ''}`;
}
