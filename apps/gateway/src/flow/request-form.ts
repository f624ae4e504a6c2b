/** How a route expects its request: which part holds the picture, which field names the model, and how strictly. */
export interface RequestForm {
  /** Accepted names of the part that holds the picture; the first is the one that errors name. */
  readonly imageFields: readonly [string, ...string[]];
  readonly modelField: string;
  /** Fields that mean nothing here are ignored for old clients, and refused for new ones. */
  readonly ignoresUnknownFields: boolean;
  /** Whether a bare picture or JSON is taken as well as a multipart form. */
  readonly takesBareBodies: boolean;
  /** Whether a caller may say how it wants to be served; an old one waits, and that is all. */
  readonly takesTerms: boolean;
  /** Whether the picture may be named by a URL, where the operator allows that. */
  readonly takesUrls: boolean;
  /** Whether one request may bring several pictures. */
  readonly takesLists: boolean;
}

export const legacyForm: RequestForm = {
  imageFields: ['file', 'image'],
  modelField: 'model_type',
  ignoresUnknownFields: true,
  takesBareBodies: false,
  takesTerms: false,
  takesUrls: false,
  takesLists: false,
};

export const predictionForm: RequestForm = {
  imageFields: ['image', 'file'],
  modelField: 'model',
  ignoresUnknownFields: false,
  takesBareBodies: true,
  takesTerms: true,
  takesUrls: true,
  takesLists: true,
};
