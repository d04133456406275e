import type { Package } from './models';

type Columns = NonNullable<Package['inputs']>;

/** Something in a file that a loader may run, or that the scan could not read. */
export interface Finding {
  file?: string;
  inside?: string;
  offset?: number;
  severity?: string;
  what?: string;
  name?: string;
}

/** What the scan of a version's files found. */
export interface ScanOf {
  status?: string;
  finished_ms?: number;
  files?: number;
  bytes?: number;
  mechanism?: string;
  findings?: Finding[];
  left_out?: number;
  remark?: string;
}

/** An ONNX model among the files, as ONNX Runtime reads it. */
export interface OnnxFile {
  file?: string;
  inputs?: Columns;
  outputs?: Columns;
  opsets?: { domain?: string; version?: number }[];
  ir_version?: number;
  producer?: string;
  producer_version?: string;
  graph?: string;
  description?: string;
  nodes?: number;
  operators?: { name?: string; count?: number }[];
  weights?: number;
  bytes?: number;
  metadata?: Record<string, string>;
  error?: string;
}

/** A signature over the files. */
export interface SignatureOf {
  key_id?: string;
  key_name?: string;
  state?: string;
  signed_ms?: number;
  signed_by?: string;
}

/** A package with what was found when its files were looked into; a server that does not look leaves all of it out. */
export type Inspected = Omit<Package, 'scan' | 'onnx' | 'signatures' | 'signature_derived'> & { scan?: ScanOf; onnx?: OnnxFile[]; signatures?: SignatureOf[]; signature_derived?: boolean };
