import { readdirSync, readFileSync } from 'node:fs';

const PACKAGE_FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const LICENSE_FILE = /^(licen[cs]e|notice|copying)/i;

/** The licenses of the packages that these files come from, for whoever passes on what was made of them. */
export function thirdPartyLicenses(files) {
  const folders = new Set(files.flatMap((file) => PACKAGE_FOLDER.exec(file)?.[0] ?? []));
  return [...folders]
    .sort()
    .map(licensesOf)
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}

function licensesOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file))
    .map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}
