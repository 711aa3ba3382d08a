// Original file: protos/redraft/v1/redraft.proto

export const FinishReason = {
  FINISH_REASON_UNSPECIFIED: 'FINISH_REASON_UNSPECIFIED',
  FINISH_REASON_STOP: 'FINISH_REASON_STOP',
  FINISH_REASON_FENCE_CLOSED: 'FINISH_REASON_FENCE_CLOSED',
  FINISH_REASON_LENGTH: 'FINISH_REASON_LENGTH',
  FINISH_REASON_CANCELLED: 'FINISH_REASON_CANCELLED',
} as const;

export type FinishReason =
  | 'FINISH_REASON_UNSPECIFIED'
  | 0
  | 'FINISH_REASON_STOP'
  | 1
  | 'FINISH_REASON_FENCE_CLOSED'
  | 2
  | 'FINISH_REASON_LENGTH'
  | 3
  | 'FINISH_REASON_CANCELLED'
  | 4

export type FinishReason__Output = typeof FinishReason[keyof typeof FinishReason]
