// Original file: protos/redraft/v1/redraft.proto

import type { FinishReason as _redraft_v1_FinishReason, FinishReason__Output as _redraft_v1_FinishReason__Output } from '../../redraft/v1/FinishReason.ts';
import type { TokenSourceCounts as _redraft_v1_TokenSourceCounts, TokenSourceCounts__Output as _redraft_v1_TokenSourceCounts__Output } from '../../redraft/v1/TokenSourceCounts.ts';

export interface EditSummary {
  'finishReason'?: (_redraft_v1_FinishReason);
  'outputTokens'?: (number);
  'verifyPasses'?: (number);
  'draftTokens'?: (number);
  'acceptedTokens'?: (number);
  'rejectedTokens'?: (number);
  'tokensPerPass'?: (number | string);
  'mispredictions'?: (number);
  'prefillMs'?: (number | string);
  'decodeMs'?: (number | string);
  'queueMs'?: (number | string);
  'smallestMargin'?: (number | string);
  'acceptanceRate'?: (number | string);
  'sources'?: (_redraft_v1_TokenSourceCounts | null);
  'firstPassTokens'?: (number);
}

export interface EditSummary__Output {
  'finishReason': (_redraft_v1_FinishReason__Output);
  'outputTokens': (number);
  'verifyPasses': (number);
  'draftTokens': (number);
  'acceptedTokens': (number);
  'rejectedTokens': (number);
  'tokensPerPass': (number);
  'mispredictions': (number);
  'prefillMs': (number);
  'decodeMs': (number);
  'queueMs': (number);
  'smallestMargin': (number);
  'acceptanceRate': (number);
  'sources': (_redraft_v1_TokenSourceCounts__Output | null);
  'firstPassTokens': (number);
}
