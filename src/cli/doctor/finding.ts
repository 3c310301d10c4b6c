/** What `ray-ts doctor` found out about one thing. */
export interface Finding {
  readonly subject: string;
  readonly verdict: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do about it; empty when it is ok. */
  readonly remedy: string;
}

export const ok = (subject: string, message: string): Finding => ({ subject, verdict: 'ok', message, remedy: '' });

export const warning = (subject: string, message: string, remedy: string): Finding => ({
  subject,
  verdict: 'warning',
  message,
  remedy,
});

export const problem = (subject: string, message: string, remedy: string): Finding => ({
  subject,
  verdict: 'problem',
  message,
  remedy,
});
