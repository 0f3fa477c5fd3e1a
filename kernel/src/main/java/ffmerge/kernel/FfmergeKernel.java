package ffmerge.kernel;

import java.util.List;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import org.dflib.jjava.jupyter.kernel.HelpLink;
import org.dflib.jjava.jupyter.kernel.JupyterIO;
import org.dflib.jjava.jupyter.kernel.LanguageInfo;
import org.dflib.jjava.jupyter.kernel.comm.CommManager;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.history.HistoryManager;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.dflib.jjava.jupyter.kernel.magic.MagicsResolver;
import org.dflib.jjava.jupyter.kernel.util.StringStyler;
import org.dflib.jjava.kernel.JavaKernel;
import org.dflib.jjava.kernel.JavaKernelBuilder;
import org.dflib.jjava.kernel.execution.CodeEvaluator;
import org.dflib.jjava.kernel.execution.EvaluationInterruptedException;

/** JJava's kernel, with one-line errors for what a user can put right. */
final class FfmergeKernel extends JavaKernel {
    private static final String MAGIC_ERROR = "ffmerge.magic.MagicError";

    private FfmergeKernel(
            String name,
            String version,
            LanguageInfo languageInfo,
            List<HelpLink> helpLinks,
            HistoryManager historyManager,
            JupyterIO io,
            CommManager commManager,
            Renderer renderer,
            MagicsResolver magicsResolver,
            MagicsRegistry magicsRegistry,
            boolean extensionsEnabled,
            StringStyler errorStyler,
            JShell jShell,
            CodeEvaluator evaluator) {
        super(
                name,
                version,
                languageInfo,
                helpLinks,
                historyManager,
                io,
                commManager,
                renderer,
                magicsResolver,
                magicsRegistry,
                extensionsEnabled,
                errorStyler,
                jShell,
                evaluator);
    }

    /** What a cell fails with when its user, not the code, is to blame: a line without a stack. */
    static final class OneLine extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OneLine(String line) {
            super(line, null, false, false);
        }
    }

    @Override
    protected Object doEval(String source) {
        try {
            return super.doEval(source);
        } catch (EvaluationInterruptedException e) {
            throw new OneLine("interrupted");
        } catch (RuntimeException e) {
            if (e.getCause() instanceof EvalException cause
                    && cause.getExceptionClassName().equals(MAGIC_ERROR)) {
                throw new OneLine(cause.getMessage());
            }
            throw e;
        }
    }

    @Override
    protected List<String> formatError(Throwable e) {
        return e instanceof OneLine ? List.of(errorStyler.secondary(e.getMessage())) : super.formatError(e);
    }

    /** Builds the kernel from JJava's own parts. */
    static final class Builder extends JavaKernelBuilder<Builder, FfmergeKernel> {
        @Override
        public FfmergeKernel build() {
            String name = buildName();
            CodeEvaluator evaluator = buildCodeEvaluator(name);
            return new FfmergeKernel(
                    name,
                    buildVersion(),
                    buildLanguageInfo(),
                    List.of(),
                    buildHistoryManager(),
                    buildJupyterIO(buildJupyterIOEncoding()),
                    buildCommManager(),
                    buildRenderer(),
                    buildMagicsResolver(buildMagicTranspiler()),
                    buildMagicsRegistry(),
                    buildExtensionsEnabled(),
                    buildErrorStyler(),
                    buildJShell(evaluator),
                    evaluator);
        }
    }
}
