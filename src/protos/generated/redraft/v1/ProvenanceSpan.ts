// Original file: protos/redraft/v1/redraft.proto

import type { TokenSource as _redraft_v1_TokenSource, TokenSource__Output as _redraft_v1_TokenSource__Output } from '../../redraft/v1/TokenSource.ts';

export interface ProvenanceSpan {
  'startByte'?: (number);
  'endByte'?: (number);
  'source'?: (_redraft_v1_TokenSource);
}

export interface ProvenanceSpan__Output {
  'startByte': (number);
  'endByte': (number);
  'source': (_redraft_v1_TokenSource__Output);
}
