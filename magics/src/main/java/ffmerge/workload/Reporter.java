package ffmerge.workload;

import ffmerge.Progress;

/** Is told of work on data and models: how far it is, and what a reader of its results had better know. */
public interface Reporter {
    /** For programs without a notebook: progress isn't shown, notices go to stderr. */
    Reporter STDERR = new Reporter() {
        @Override
        public Progress progress() {
            return Progress.NONE;
        }

        @Override
        public void notice(String line) {
            System.err.println(line);
        }
    };

    Progress progress();

    /** Says something beside the result, in one line. */
    void notice(String line);
}
