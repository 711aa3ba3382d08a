// Original file: protos/redraft/v1/redraft.proto

import type { EditStarted as _redraft_v1_EditStarted, EditStarted__Output as _redraft_v1_EditStarted__Output } from '../../redraft/v1/EditStarted.ts';
import type { EditDelta as _redraft_v1_EditDelta, EditDelta__Output as _redraft_v1_EditDelta__Output } from '../../redraft/v1/EditDelta.ts';
import type { EditSummary as _redraft_v1_EditSummary, EditSummary__Output as _redraft_v1_EditSummary__Output } from '../../redraft/v1/EditSummary.ts';
import type { EditQueued as _redraft_v1_EditQueued, EditQueued__Output as _redraft_v1_EditQueued__Output } from '../../redraft/v1/EditQueued.ts';

export interface ApplyEditResponse {
  'started'?: (_redraft_v1_EditStarted | null);
  'delta'?: (_redraft_v1_EditDelta | null);
  'summary'?: (_redraft_v1_EditSummary | null);
  'queued'?: (_redraft_v1_EditQueued | null);
  'event'?: "started"|"delta"|"summary"|"queued";
}

export interface ApplyEditResponse__Output {
  'started'?: (_redraft_v1_EditStarted__Output | null);
  'delta'?: (_redraft_v1_EditDelta__Output | null);
  'summary'?: (_redraft_v1_EditSummary__Output | null);
  'queued'?: (_redraft_v1_EditQueued__Output | null);
  'event'?: "started"|"delta"|"summary"|"queued";
}
