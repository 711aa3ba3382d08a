// Original file: protos/redraft/v1/redraft.proto

import type { ProvenanceSpan as _redraft_v1_ProvenanceSpan, ProvenanceSpan__Output as _redraft_v1_ProvenanceSpan__Output } from '../../redraft/v1/ProvenanceSpan.ts';
import type { TokenSourceCounts as _redraft_v1_TokenSourceCounts, TokenSourceCounts__Output as _redraft_v1_TokenSourceCounts__Output } from '../../redraft/v1/TokenSourceCounts.ts';
import type { LineOperation as _redraft_v1_LineOperation, LineOperation__Output as _redraft_v1_LineOperation__Output } from '../../redraft/v1/LineOperation.ts';

export interface EditDelta {
  'text'?: (string);
  'tokenIds'?: (number)[];
  'spans'?: (_redraft_v1_ProvenanceSpan)[];
  'sources'?: (_redraft_v1_TokenSourceCounts | null);
  'operations'?: (_redraft_v1_LineOperation)[];
}

export interface EditDelta__Output {
  'text': (string);
  'tokenIds': (number)[];
  'spans': (_redraft_v1_ProvenanceSpan__Output)[];
  'sources': (_redraft_v1_TokenSourceCounts__Output | null);
  'operations': (_redraft_v1_LineOperation__Output)[];
}
