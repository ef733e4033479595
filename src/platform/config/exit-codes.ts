export const EXIT_FAILURE = 1;

/**
 * sysexits.h, EX_UNAVAILABLE: something outside of the process has to be mended, as a port that is in use. Said to who
 * supervises the process, who does not start it again and ends with EXIT_FAILURE.
 */
export const EXIT_UNAVAILABLE = 69;

/** sysexits.h, EX_CONFIG: the process was configured wrongly, and starting it again would change nothing. */
export const EXIT_CONFIGURATION = 78;
