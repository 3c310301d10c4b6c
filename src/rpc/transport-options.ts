import type { ChannelOptions } from '@grpc/grpc-js';

/** The largest message of any call: a chunk of an object, a batch of tensor frames. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Of every client and server: pings find a silently dead peer in about 10 s; a killed process is seen at once. */
export const transportOptions: ChannelOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc-node.flow_control_window': 4 * 1024 * 1024,
};
