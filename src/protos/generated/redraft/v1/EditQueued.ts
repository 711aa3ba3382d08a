// Original file: protos/redraft/v1/redraft.proto


export interface EditQueued {
  'place'?: (number);
}

export interface EditQueued__Output {
  'place': (number);
}
