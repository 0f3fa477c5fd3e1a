package ffmerge.tune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import java.util.ArrayList;
import java.util.List;

/**
 * Backpropagation that keeps only what enters each layer (activation checkpointing, Chen et al. 2016): first all layers
 * are run without a gradient; then, from the last one back, each is run again with one. A layer draws its dropout from a
 * seed of its own, so the second run computes what the first did, and gradients are those of plain backpropagation.
 */
final class Recomputation {
    private final TransformerModel model;
    private final Pass pass;
    /** The states before each layer, and behind the last. */
    private final List<HiddenStates> states = new ArrayList<>();

    /** What decoder layers share of the encoder, as the start of a graph; its gradient is the sum of theirs. */
    private NDArray memory;

    private Recomputation(TransformerModel model, Pass pass) {
        this.model = model;
        this.pass = pass;
    }

    /**
     * Adds the gradients of the batch's mean loss, times a factor, to those of the model's parameters.
     *
     * @return the mean loss, a scalar of the pass's scope
     */
    static NDArray backward(TransformerModel model, Batch batch, Pass pass, double factor) {
        return new Recomputation(model, pass).backward(batch, factor);
    }

    private NDArray backward(Batch batch, double factor) {
        Pass unrecorded = pass.unrecorded();
        states.add(model.embed(batch, unrecorded));
        for (int layer = 0; layer < model.layers(); layer++) {
            states.add(model.advance(states.get(layer), layer + 1, unrecorded));
        }
        NDArray loss;
        NDArray gradient; // of the loss by the states that the backward pass has come to
        try (NDManager scope = pass.scope().newSubManager()) {
            HiddenStates last = leaf(states.get(model.layers()), scope);
            loss = model.loss(last, pass.in(scope));
            backward(Kernels.run(scope, true, "scaled", loss, factor), scope.create(1f));
            gradient = gradient(last);
            loss = loss.stopGradient();
            loss.attach(pass.scope());
        }
        for (int layer = model.layers() - 1; layer >= 0; layer--) {
            try (NDManager scope = pass.scope().newSubManager();
                    NDArray above = gradient) {
                HiddenStates before = leaf(states.get(layer), scope);
                HiddenStates after = model.advance(before, layer + 1, pass.in(scope));
                if (startsDecoder(layer)) {
                    backwardWithMemory(after, above);
                } else {
                    backward(after.x(), above);
                }
                gradient = gradient(before);
            }
            states.get(layer + 1).close();
        }
        try (NDManager scope = pass.scope().newSubManager();
                NDArray above = gradient) {
            if (model.parameters().adapterSettings().isEmpty()) { // beside adapters they are frozen
                embeddings(batch, above, scope);
            }
        }
        return loss;
    }

    /**
     * Gives embeddings their gradients. A graph's result doesn't say whether it wants one, as where all embeddings are
     * frozen: a zero that does is added.
     */
    private void embeddings(Batch batch, NDArray above, NDManager scope) {
        NDArray first = model.embed(batch, pass.in(scope)).x();
        NDArray zero = scope.zeros(new Shape(1), first.getDataType());
        zero.setRequiresGradient(true);
        backward(first.add(zero), above);
    }

    /** The states as the start of a graph: no more is known of how they came to be. */
    private HiddenStates leaf(HiddenStates from, NDManager scope) {
        NDArray x = leaf(from.x(), scope);
        if (from.source() == null || from.source().memory() == null) {
            return new HiddenStates(from.batch(), from.layer(), x, from.source());
        }
        if (memory == null) {
            memory = leaf(from.source().memory(), pass.scope());
        }
        return new HiddenStates(
                from.batch(),
                from.layer(),
                x,
                new HiddenStates.Source(from.source().mask(), memory));
    }

    /** A copy, for what was computed without a gradient can't take part in one. */
    private static NDArray leaf(NDArray array, NDManager scope) {
        NDArray leaf = array.duplicate();
        leaf.attach(scope);
        leaf.setRequiresGradient(true);
        return leaf;
    }

    private NDArray gradient(HiddenStates of) {
        NDArray gradient = of.x().getGradient();
        gradient.attach(pass.scope());
        return gradient;
    }

    /** Whether what enters this layer is what the encoder made. */
    private boolean startsDecoder(int layer) {
        return memory != null
                && states.get(layer).source().memory() == null
                && states.get(layer + 1).source().memory() != null;
    }

    /** What enters the first decoder layer becomes the memory that all of them look at: it has their gradients too. */
    private void backwardWithMemory(HiddenStates after, NDArray above) {
        try (NDArray others = memory.getGradient()) {
            // the way to the memory is walked twice
            JniUtils.backward((PtNDArray) after.x(), (PtNDArray) above, true, false);
            backward(after.source().memory(), others);
        }
    }

    private static void backward(NDArray of, NDArray gradient) {
        JniUtils.backward((PtNDArray) of, (PtNDArray) gradient, false, false);
    }
}
