package ffmerge.shrink;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.merge.Average;
import ffmerge.merge.Averaging;
import ffmerge.merge.MergePlan;

/** What it takes to work out what merged sublayers become from what enters them, beside recording that. */
record AveragingWork(Averaging averaging) {
    /** Multiplications of a decomposition of a matrix, as a multiple of its width's cube: of its eigenvectors, and Cholesky's. */
    private static final double EIGENVECTORS = 9;

    private static final double CHOLESKY = 1. / 3;
    /** Matrices of the moments' size at the peak: the moments, and those that a decomposition needs. */
    private static final int SOLVED_AT_ONCE = 3;

    private static final int DECOMPOSED_AT_ONCE = 5;

    Work of(Architecture architecture, MergePlan plan) {
        Work work = Work.NONE;
        for (MergePlan.Group group : plan.groups()) {
            FeedForwardSublayer sublayer =
                    architecture.feedForward(group.stack(), group.layers().get(0));
            work = work.plus(
                    of(sublayer, architecture.modelWidth(), group.layers().size()));
        }
        return work;
    }

    private Work of(FeedForwardSublayer sublayer, double model, int places) {
        double units = sublayer.width();
        double parameters = sublayer.parameters();
        double multiplications = 0;
        double ofRow = 0;
        double values = 0; // in float64
        if (averaging.average() == Average.REGRESSION) {
            multiplications += places * parameters * model;
            multiplications += CHOLESKY * (cube(model) + cube(units)) + parameters * (model + units);
            ofRow += places * (model * model + units * units + units * model + 2 * parameters);
            values = SOLVED_AT_ONCE * Math.max(model * model, units * units) + 3 * parameters;
        }
        if (averaging.average() == Average.WEIGHTED) {
            ofRow += places * parameters;
        }
        if (averaging.rescale()) {
            ofRow += places * 2 * parameters;
        }
        if (averaging.residual() > 0) {
            double maps = sublayer.isGated() ? 2 : 1; // that read the sublayer's inputs
            double inputs = maps * 2 * EIGENVECTORS * cube(model);
            multiplications += places * (inputs + EIGENVECTORS * (cube(units) + cube(model)));
            ofRow += places * (maps * model * model + units * units + parameters);
            values = Math.max(values, DECOMPOSED_AT_ONCE * units * units + 3 * units * model);
        }
        return new Work(0, multiplications, (long) (values * Double.BYTES), ofRow);
    }

    private static double cube(double width) {
        return width * width * width;
    }
}
