import { isInitialized } from '../../api/index.js';

/** Whether this driver has called `ray.init`. */
export const isConnected = (): boolean => isInitialized();
