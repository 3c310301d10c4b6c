import { type ObjectId, ObjectLostError } from '../../core/index.js';

export type LostReason = 'freed' | 'put' | 'not-reconstructable' | 'retries-exhausted' | 'unreachable';

const SENTENCES: Readonly<Record<LostReason, string>> = {
  freed: 'was freed: no process had a ref to it left, or ray.free was called. Keep a ref for as long as it is needed.',
  put: 'is lost: the nodes that had its copies are gone, and a value that was put is made by no call. Put it again.',
  'not-reconstructable':
    'is lost: the nodes that had its copies are gone, and the call that made it may not run again. Give the call retries, or ' +
    'call it again.',
  'retries-exhausted':
    'is lost: the nodes that had its copies are gone, and the call that made it has no retries left. Give the call a larger ' +
    'maxRetries, or keep the value elsewhere.',
  unreachable: 'can not be read: none of its copies can be reached. Check the network between the nodes.',
};

/** @param why for people: what was tried; a sentence. */
export const objectLostError = (objectId: ObjectId | string, reason: LostReason, why = ''): ObjectLostError =>
  new ObjectLostError([`Object ${objectId} ${SENTENCES[reason]}`, why].filter(Boolean).join(' '), {
    details: { objectId, reason },
  });
