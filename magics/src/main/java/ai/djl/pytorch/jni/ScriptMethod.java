package ai.djl.pytorch.jni;

import ai.djl.pytorch.engine.PtSymbolBlock;

/**
 * Runs a TorchScript method with or without gradients. DJL's own {@link IValueUtils#runMethod} is always without; what it
 * calls is private to this package, hence the class's place.
 */
public final class ScriptMethod {
    private ScriptMethod() {}

    /**
     * @param gradient whether operations are recorded; without, the results can't take part in a gradient later
     * @return to be closed, like the arguments, by the caller
     */
    public static IValue run(PtSymbolBlock module, String method, boolean gradient, IValue... arguments) {
        long[] handles = new long[arguments.length];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = arguments[i].getHandle();
        }
        return new IValue(PyTorchLibrary.LIB.moduleRunMethod(module.getHandle(), method, handles, gradient, false));
    }
}
