// Original file: protos/redraft/v1/redraft.proto


export interface TokenSourceCounts {
  'original'?: (number);
  'update'?: (number);
  'context'?: (number);
  'model'?: (number);
}

export interface TokenSourceCounts__Output {
  'original': (number);
  'update': (number);
  'context': (number);
  'model': (number);
}
