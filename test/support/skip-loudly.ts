/**
 * A describe block in the place of one whose needs this machine does not meet: a warning that can't be overlooked, and a
 * failure where CI is set.
 * @param reason what is missing, and how to have it.
 */
export function skipLoudly(name: string, reason: string): void {
  const message = `SKIPPED: ${name}: ${reason}`;
  describe(name, () => {
    it('needs what this machine lacks', () => {
      const rule = '#'.repeat(message.length + 4);
      console.warn(`${rule}\n# ${message} #\n${rule}`);
      if (process.env['CI']) throw new Error(message);
    });
  });
}
