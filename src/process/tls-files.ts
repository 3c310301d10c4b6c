import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { InvalidArgumentError, type TlsIdentity, toError } from '../core/index.js';

/** Paths of PEM files. A cluster that was given them uses TLS on every connection, in both directions. */
export interface TlsFiles {
  /** This host's certificate, or one that the hosts share. */
  readonly cert: string;
  readonly key: string;
  /** The authority that signed the certificates of all hosts. */
  readonly ca: string;
}

/** Some of the files, or all. */
export type GivenTlsFiles = { readonly [Name in keyof TlsFiles]?: string | undefined };

/**
 * The files that were given, else those of RAY_TS_TLS_CERT, RAY_TS_TLS_KEY and RAY_TS_TLS_CA; as absolute paths.
 * @throws {InvalidArgumentError} for some without the others: a connection that only looks protected is worse than an open one.
 */
export function chooseTlsFiles(given: GivenTlsFiles = {}): TlsFiles | undefined {
  const cert = given.cert ?? process.env['RAY_TS_TLS_CERT'];
  const key = given.key ?? process.env['RAY_TS_TLS_KEY'];
  const ca = given.ca ?? process.env['RAY_TS_TLS_CA'];
  if (cert && key && ca) return { cert: resolve(cert), key: resolve(key), ca: resolve(ca) };
  const missing = Object.entries({ cert, key, ca }).flatMap(([name, path]) => (path ? [] : [name]));
  if (missing.length === 3) return undefined;
  throw new InvalidArgumentError(
    'TLS needs a certificate, its key and the authority that signed it: --tls-cert, --tls-key and --tls-ca, or ' +
      `RAY_TS_TLS_CERT, RAY_TS_TLS_KEY and RAY_TS_TLS_CA. Missing: ${missing.join(', ')}.`,
  );
}

/**
 * Reads the files and makes sure that they can be used together.
 * @throws {InvalidArgumentError} naming the file that is missing, damaged or expired, or does not belong to the others.
 */
export function readTlsFiles(files: TlsFiles): TlsIdentity {
  const tls = { cert: readText(files.cert), key: readText(files.key), ca: readText(files.ca) };
  requireCurrent(tls.cert, files.cert);
  requireCurrent(tls.ca, files.ca);
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new InvalidArgumentError(
      `${files.key} is not the key of the certificate ${files.cert}: ${toError(error).message}.`,
      { cause: error },
    );
  }
  return tls;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`Can't read the TLS file ${path}: ${toError(error).message}.`, { cause: error });
  }
}

function requireCurrent(pem: string, path: string): void {
  const { validTo } = parseCertificate(pem, path);
  if (Date.parse(validTo) > Date.now()) return;
  throw new InvalidArgumentError(`The certificate ${path} expired on ${validTo}. Make a new one.`);
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new InvalidArgumentError(`${path} holds no certificate in PEM form.`, { cause: error });
  }
}
