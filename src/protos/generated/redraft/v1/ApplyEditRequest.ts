// Original file: protos/redraft/v1/redraft.proto

import type { EditOptions as _redraft_v1_EditOptions, EditOptions__Output as _redraft_v1_EditOptions__Output } from '../../redraft/v1/EditOptions.ts';

export interface ApplyEditRequest {
  'original'?: (string);
  'instruction'?: (string);
  'update'?: (string);
  'language'?: (string);
  'path'?: (string);
  'options'?: (_redraft_v1_EditOptions | null);
  '_update'?: "update";
  '_language'?: "language";
  '_path'?: "path";
  '_options'?: "options";
}

export interface ApplyEditRequest__Output {
  'original': (string);
  'instruction': (string);
  'update'?: (string);
  'language'?: (string);
  'path'?: (string);
  'options'?: (_redraft_v1_EditOptions__Output | null);
  '_update'?: "update";
  '_language'?: "language";
  '_path'?: "path";
  '_options'?: "options";
}
