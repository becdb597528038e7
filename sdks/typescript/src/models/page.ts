/** Which part of a list is wanted. */
export interface PageParams {
  /** Number of the page, from 1 on; 1 by default. */
  page?: number;
  /** Entries per page, 1 to 100; 20 by default. */
  limit?: number;
}

/** One page of a list. Beyond the end `data` is empty and `total` still true. */
export interface Page<T> {
  /** Entries of this page, newest first. */
  data: T[];
  /** Number of all matches, on all pages. */
  total: number;
  /** Number of this page, from 1 on. */
  page: number;
  /** Most entries that a page has. */
  limit: number;
}
