import { OwnerDiedError } from '../../core/index.js';
import type { ObjectOwner } from '../../rpc/index.js';

/** What whoever needs the object is told. @param why a clause: "its process is gone". */
export const ownerDiedError = (objectId: string, owner: ObjectOwner, why: string): OwnerDiedError =>
  new OwnerDiedError(
    `Object ${objectId} is gone with its owner, worker ${owner.workerId} at ${owner.rpcAddress}: ${why}. ` +
      'Let a process that lives longer make the ref.',
    { details: { objectId, ownerWorkerId: owner.workerId } },
  );
