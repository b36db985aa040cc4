import type * as gateway from '../../api.types.gen';

/** What the gateway says and accepts: its own words, under the names by which the studio knows them. */
export type {
  Account,
  Config,
  Download,
  Job,
  JobError,
  JobEvent,
  JobPage,
  Problem as ProblemJson,
  Progress,
  RatioChoice as Ratio,
  Stage,
  Status,
} from '../../api.types.gen';

export type Param = gateway.Problem['params'][string];
