/** One line of a list: where a picture is, its caption, and whatever else the list says of it. */
export interface Row {
  /** A URL, or a path relative to the packed folder. */
  readonly source: string
  readonly caption: string | undefined
  readonly extra: Readonly<Record<string, unknown>>
}

/** What became of a row, in img2dataset's words; `duplicate`: the same bytes are already in the data. */
export type RowStatus = "success" | "failed_to_download" | "failed_to_resize" | "duplicate"

/** A row as a shard's metadata records it. Source: rom1504/img2dataset downloader.py. */
export interface RowRecord {
  readonly key: string
  readonly row: Row
  readonly status: RowStatus
  readonly errorMessage: string | undefined
  readonly width: number | undefined
  readonly height: number | undefined
  readonly originalWidth: number | undefined
  readonly originalHeight: number | undefined
  readonly exif: string | undefined
  readonly sha256: string | undefined
}
