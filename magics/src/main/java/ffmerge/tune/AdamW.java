package ffmerge.tune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.torch.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AdamW (Loshchilov and Hutter 2019) in libtorch's fused form. A tied parameter is one entry with one state; its gradient
 * is what all of its places add up to.
 */
final class AdamW implements AutoCloseable {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final NDManager manager;
    private final Map<String, NDArray> parameters;
    private final Map<String, NDArray> means = new LinkedHashMap<>();
    private final Map<String, NDArray> squares = new LinkedHashMap<>();
    private final Map<String, NDArray> steps = new LinkedHashMap<>();
    private final double decay;
    private final double clip;

    /** @param parameters each once; they are made to collect gradients */
    AdamW(Map<String, NDArray> parameters, double decay, double clip, NDManager parent) {
        this.parameters = parameters;
        this.decay = decay;
        this.clip = clip;
        this.manager = parent.newSubManager();
        parameters.forEach((name, parameter) -> {
            parameter.setRequiresGradient(true);
            means.put(name, manager.zeros(parameter.getShape(), DataType.FLOAT32));
            squares.put(name, manager.zeros(parameter.getShape(), DataType.FLOAT32));
            steps.put(name, manager.zeros(new Shape(), DataType.FLOAT32));
        });
    }

    /**
     * Moves every parameter by its collected gradient, then forgets the gradients.
     *
     * @param scale of the loss, and so of the gradients; where they overflowed, no parameter is moved
     */
    void step(double rate, LossScale scale) {
        try (NDManager scope = manager.newSubManager();
                Gradients gradients = Gradients.of(parameters)) {
            boolean overflow = false;
            if (clip > 0 || scale.isNeeded()) {
                NDArray norm = Kernels.run(scope, false, "clip", gradients.arrays(), scale.factor(), clip);
                overflow = scale.isNeeded() && !Float.isFinite(norm.getFloat()); // else nobody waits for the norm
            }
            if (!overflow) {
                update(gradients.arrays(), rate, true);
                update(gradients.arrays(), rate, false);
            }
            scale.update(overflow);
            gradients.forget();
        }
    }

    /** Matrices decay, biases and norms don't. */
    private void update(List<NDArray> gradients, double rate, boolean matrices) {
        List<NDArray> p = new ArrayList<>();
        List<NDArray> g = new ArrayList<>();
        List<NDArray> m = new ArrayList<>();
        List<NDArray> s = new ArrayList<>();
        List<NDArray> t = new ArrayList<>();
        int i = 0;
        for (Map.Entry<String, NDArray> parameter : parameters.entrySet()) {
            NDArray gradient = gradients.get(i++);
            if (parameter.getValue().getShape().dimension() > 1 == matrices) {
                p.add(parameter.getValue());
                g.add(gradient);
                m.add(means.get(parameter.getKey()));
                s.add(squares.get(parameter.getKey()));
                t.add(steps.get(parameter.getKey()));
            }
        }
        if (!p.isEmpty()) {
            Kernels.execute("adamw", p, g, m, s, t, rate, BETA1, BETA2, matrices ? decay : 0., EPSILON);
        }
    }

    /** Running means of gradients, by parameter. */
    Map<String, NDArray> means() {
        return means;
    }

    /** Running means of squared gradients, by parameter. */
    Map<String, NDArray> squares() {
        return squares;
    }

    /** Continues after so many steps, on a fresh optimizer; the running means are restored by the caller. */
    void resumeAt(int step) {
        steps.values().forEach(array -> array.addi(step));
    }

    @Override
    public void close() {
        parameters.values().forEach(parameter -> parameter.setRequiresGradient(false));
        manager.close();
    }
}
