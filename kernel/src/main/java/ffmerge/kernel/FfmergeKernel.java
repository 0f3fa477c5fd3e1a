package ffmerge.kernel;

import ffmerge.UserError;
import ffmerge.magic.FfmergeExtension;
import ffmerge.magic.typing.HelpText;
import ffmerge.magic.typing.MagicCompletion;
import ffmerge.magic.widget.Comms;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.HelpLink;
import org.dflib.jjava.jupyter.kernel.LanguageInfo;
import org.dflib.jjava.jupyter.kernel.ReplacementOptions;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.dflib.jjava.jupyter.kernel.history.HistoryManager;
import org.dflib.jjava.jupyter.kernel.util.StringStyler;
import org.dflib.jjava.jupyter.messages.Header;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageType;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteInput;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteResult;
import org.dflib.jjava.jupyter.messages.reply.CompleteReply;
import org.dflib.jjava.jupyter.messages.reply.ErrorReply;
import org.dflib.jjava.jupyter.messages.reply.ExecuteReply;
import org.dflib.jjava.jupyter.messages.reply.InspectReply;
import org.dflib.jjava.jupyter.messages.request.CompleteRequest;
import org.dflib.jjava.jupyter.messages.request.ExecuteRequest;
import org.dflib.jjava.jupyter.messages.request.HistoryRequest;
import org.dflib.jjava.jupyter.messages.request.InspectRequest;
import org.dflib.jjava.jupyter.messages.request.KernelInfoRequest;
import org.dflib.jjava.jupyter.messages.request.ShutdownRequest;
import org.dflib.jjava.kernel.JavaKernel;
import org.dflib.jjava.kernel.JavaKernelBuilder;
import org.dflib.jjava.kernel.execution.CodeEvaluator;

/**
 * JJava's kernel with our language in it: completion and help for magics, short errors, a history, and the parts of
 * Jupyter's protocol that JJava leaves out.
 */
final class FfmergeKernel extends JavaKernel implements Comms {
    private final CellIO cell;
    private final Printing printing;
    private final CellComms comms;
    private final RunningMagic magic;
    private final CodeEvaluator evaluator;
    private final ShellLock shell = new ShellLock();
    private final MagicThread magicThread = new MagicThread();
    private final SnippetSources sources = new SnippetSources();
    private final SessionHistory history = new SessionHistory();
    private final Failures failures;
    private final RunningCell running;
    private final CountDownLatch started = new CountDownLatch(1);
    /** What was sent behind the cell that runs; only the thread that runs cells touches it. */
    private final Queue<Message<?>> queued = new ArrayDeque<>();

    private boolean unqueueing;
    private Meanwhile meanwhile;
    private JupyterConnection connection;

    private FfmergeKernel(
            String name,
            String version,
            LanguageInfo languageInfo,
            List<HelpLink> helpLinks,
            HistoryManager historyManager,
            CellIO cell,
            Printing printing,
            CellComms comms,
            Renderer renderer,
            CellText cells,
            RunningMagic magic,
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
                cell,
                comms,
                renderer,
                cells,
                magic,
                extensionsEnabled,
                errorStyler,
                jShell,
                evaluator);
        this.cell = cell;
        this.printing = printing;
        this.comms = comms;
        this.evaluator = evaluator;
        this.magic = magic;
        this.running = new RunningCell(magic);
        this.failures = new Failures(jShell, magic, sources, errorStyler, this::formatError);
        cells.use(jShell.sourceCodeAnalysis());
    }

    @Override
    public void becomeHandlerForConnection(JupyterConnection connection) {
        super.becomeHandlerForConnection(connection);
        this.connection = connection;
    }

    /**
     * Makes the shell ready, which takes longer than all else at the start; requests that need it wait, and those that do
     * not are answered meanwhile.
     *
     * @param imports what a cell may use without an import
     */
    void start(List<String> imports) {
        onStartup(); // installs our extension, which lies on the class path
        imports.forEach(name -> evalBuilder("import " + name + ";").eval());
        started.countDown();
    }

    private void awaitStart() {
        try {
            started.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the connection is closed
        }
    }

    // --- running cells

    @Override
    protected void handleExecuteRequest(ShellReplyEnvironment env, Message<ExecuteRequest> message) {
        awaitStart();
        if (connection == null) {
            running.run(() -> run(env, message)); // nobody can have sent another
            return;
        }
        runAnswering(env, message);
        if (unqueueing) {
            return; // this one was queued itself
        }
        unqueueing = true;
        env.resolveDeferrals(); // its reply comes before those of what was sent behind it
        while (!queued.isEmpty()) {
            Requests.answer(connection, (ShellChannel) env.getShell(), queued.remove());
        }
        unqueueing = false;
    }

    /** Runs a cell; what is asked meanwhile is answered, and what is to be run is queued. */
    private void runAnswering(ShellReplyEnvironment env, Message<ExecuteRequest> message) {
        try (Meanwhile others = new Meanwhile(connection, env, comms::isForOurs)) {
            meanwhile = others;
            running.run(() -> run(env, message));
            queued.addAll(others.end());
        }
    }

    private void run(ShellReplyEnvironment env, Message<ExecuteRequest> message) {
        ExecuteRequest request = message.getContent();
        boolean counted = request.shouldStoreHistory() && !request.isSilent();
        int number = counted ? executionCount.getAndIncrement() : executionCount.get();
        commManager.setMessageContext(message);
        env.setBusyDeferIdle();
        if (!request.isSilent()) {
            env.publish(new PublishExecuteInput(request.getCode(), number));
        }
        CellOutput output = CellEnvironment.outputOf(env);
        printing.begin(output);
        cell.attach(env, request.isStdinEnabled());
        env.defer(() -> cell.detach(env));
        try {
            DisplayData result = evaluate(request.getCode(), number, output);
            if (result != null && !request.isSilent()) {
                env.publish(new PublishExecuteResult(number, result));
            }
            remember(counted, number, request.getCode(), result);
            env.defer().reply(new ExecuteReply(number, Map.of()));
        } catch (Exception | Error e) { // the thread must live on: it reads all requests
            CellError error = failures.describe(e, request.getCode());
            remember(counted, number, request.getCode(), null);
            env.publish(error.publication());
            env.defer().replyError(ExecuteReply.MESSAGE_TYPE.error(), error.reply(number));
            if (request.shouldStopOnError()) {
                abortQueuedCells(env);
            }
        }
    }

    private DisplayData evaluate(String code, int number, CellOutput output) throws Exception {
        Optional<HelpQuestion> question = HelpQuestion.in(code);
        if (question.isPresent()) {
            return answer(question.get());
        }
        Optional<Callable<?>> magics = magicsOnly(code);
        try {
            if (magics.isPresent()) {
                magicThread.run(code, magics.get());
                return null;
            }
            return evalBuilder(code).resolveMagics().renderResults().eval();
        } finally {
            output.flush();
            if (magics.isEmpty()) {
                sources.add(getJShell(), number, code, magicsResolver.resolve(code));
            }
        }
    }

    /** The work of a cell in which there is no Java. */
    private Optional<Callable<?>> magicsOnly(String code) {
        if (CellText.isCellMagic(code)) {
            CellText.CellMagic cellMagic = CellText.CellMagic.of(code);
            MagicCall call = cellMagic.call();
            return call.name().equals(CellText.OURS)
                    ? Optional.of(() -> magic.evalCellMagic(this, call.name(), call.words(), cellMagic.body()))
                    : Optional.empty();
        }
        return CellText.onlyOurs(code).map(calls -> () -> {
            for (MagicCall call : calls) {
                magic.evalLineMagic(this, call.name(), call.words());
            }
            return null;
        });
    }

    private void remember(boolean counted, int number, String code, DisplayData result) {
        if (counted) {
            Object text = result == null ? null : result.getData(MIMEType.TEXT_PLAIN);
            history.add(new SessionHistory.Entry(number, code, text == null ? "" : text.toString()));
        }
    }

    /** Also sends the reply of the cell that failed, which comes before theirs. */
    private void abortQueuedCells(ShellReplyEnvironment env) {
        if (connection == null) {
            return; // nobody can have sent any
        }
        try {
            queued.addAll(meanwhile.end());
            QueuedCells aborted = new QueuedCells(connection, env, List.copyOf(queued)).take();
            queued.clear();
            env.resolveDeferrals();
            aborted.answer();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected Object doEval(String source) {
        return shell.evaluating(() -> {
            evaluator.startThreadTelemetryCollection(shell);
            return super.doEval(source);
        });
    }

    @Override
    public Channel open(
            String target, Map<String, ?> data, Map<String, ?> metadata, Consumer<Map<String, Object>> received) {
        return comms.open(target, data, metadata, received);
    }

    @Override
    public void interrupt() {
        running.interrupt(() -> {
            magicThread.giveUp();
            super.interrupt();
        });
    }

    // --- what is typed

    @Override
    public String isComplete(String code) {
        awaitStart();
        if (HelpQuestion.in(code).isPresent()) {
            return IS_COMPLETE_YES;
        }
        if (CellText.isCellMagic(code)) {
            return CellText.endsWithBlankLine(code) ? IS_COMPLETE_YES : "";
        }
        return shell.asking(() -> isJavaComplete(code), IS_COMPLETE_MAYBE);
    }

    private String isJavaComplete(String code) {
        String java = magicsResolver.resolve(code);
        CompletionInfo info = getJShell().sourceCodeAnalysis().analyzeCompletion(java);
        while (info.completeness().isComplete()) {
            if (info.completeness() == Completeness.UNKNOWN) {
                return IS_COMPLETE_BAD; // JJava takes what cannot be parsed for complete
            }
            info = getJShell().sourceCodeAnalysis().analyzeCompletion(info.remaining());
        }
        return super.isComplete(java);
    }

    @Override
    public ReplacementOptions complete(String code, int at) {
        return shell.asking(() -> super.complete(CellText.javaOnly(code, at), at), null);
    }

    @Override
    protected void handleCompleteRequest(ShellReplyEnvironment env, Message<CompleteRequest> message) {
        env.setBusyDeferIdle();
        try {
            env.reply(completion(message.getContent()));
        } catch (RuntimeException | Error e) { // the shell may be just reading the cell that runs
            env.replyError(CompleteReply.MESSAGE_TYPE.error(), failed(e));
        }
    }

    private CompleteReply completion(CompleteRequest request) {
        awaitStart();
        CodePoints code = new CodePoints(request.getCode());
        int at = code.index(request.getCursorPos());
        Optional<MagicCompletion> ours = language().flatMap(l -> l.complete(request.getCode(), at));
        if (ours.isPresent()) {
            return TypedCompletion.of(ours.get(), code);
        }
        ReplacementOptions options = complete(request.getCode(), at);
        return options == null
                ? new CompleteReply(List.of(), request.getCursorPos(), request.getCursorPos(), Map.of())
                : new CompleteReply(
                        options.getReplacements(),
                        code.count(options.getSourceStart()),
                        code.count(options.getSourceEnd()),
                        Map.of());
    }

    @Override
    public DisplayData inspect(String code, int at, boolean detailed) {
        awaitStart();
        Optional<HelpText> ours = language().flatMap(l -> l.help(code, at));
        if (ours.isPresent()) {
            DisplayData help = new DisplayData(ours.get().text());
            help.putHTML(ours.get().html());
            return help;
        }
        String java = CellText.javaOnly(code, -1);
        return code.isBlank()
                ? null
                : shell.asking(() -> inspectJava(java, Math.min(at, code.length() - 1), detailed), null);
    }

    private DisplayData answer(HelpQuestion question) {
        String about = question.about();
        String magic = "%" + CellText.OURS;
        String words = about.replaceFirst("^%{0,2}" + CellText.OURS + "\\b", "").strip();
        if (words.isEmpty()) {
            return inspect(magic, magic.length(), false);
        }
        String line = magic + " " + words;
        DisplayData found = inspect(line, line.length(), question.detailed());
        if (text(found).equals(text(inspect(magic, magic.length(), false)))) { // it isn't a command's own
            found = about.startsWith("%") ? null : inspect(about, about.length(), question.detailed());
        }
        if (found == null) {
            throw new UserError("nothing is known of '" + about + "'; %ffmerge help tells the commands, %lsmagic the"
                    + " magics, and Shift-Tab what the word under the cursor means");
        }
        return found;
    }

    private static Object text(DisplayData data) {
        return data.getData(MIMEType.TEXT_PLAIN);
    }

    /** Before the last char, as behind it JJava finds nothing; and of a method also where its parenthesis is lacking. */
    private DisplayData inspectJava(String java, int at, boolean detailed) {
        DisplayData found = super.inspect(java, at, detailed);
        int end = at;
        while (end < java.length() && Character.isJavaIdentifierPart(java.charAt(end))) {
            end++;
        }
        return found != null || end == 0 ? found : super.inspect(java.substring(0, end) + "(", end - 1, detailed);
    }

    @Override
    protected void handleInspectRequest(ShellReplyEnvironment env, Message<InspectRequest> message) {
        InspectRequest request = message.getContent();
        int at = new CodePoints(request.getCode()).index(request.getCursorPos());
        env.setBusyDeferIdle();
        try {
            DisplayData found = inspect(request.getCode(), at, request.getDetailLevel() > 0);
            env.reply(new InspectReply(found != null, DisplayData.emptyIfNull(found)));
        } catch (RuntimeException | Error e) { // as above
            env.replyError(InspectReply.MESSAGE_TYPE.error(), failed(e));
        }
    }

    private static ErrorReply failed(Throwable e) {
        return new ErrorReply(e.getClass().getSimpleName(), String.valueOf(e.getMessage()), List.of());
    }

    private Optional<FfmergeExtension> language() {
        return Optional.ofNullable((FfmergeExtension) extensions.get(FfmergeExtension.class.getName()));
    }

    // --- the rest of the protocol

    @Override
    protected void handleHistoryRequest(ShellReplyEnvironment env, Message<HistoryRequest> message) {
        env.setBusyDeferIdle();
        Reply.ok(env, MessageType.HISTORY_REPLY, Map.of("history", history.answer(message.getContent())));
    }

    @Override
    protected void handleKernelInfoRequest(ShellReplyEnvironment env, Message<KernelInfoRequest> message) {
        env.setBusyDeferIdle();
        Reply.ok(
                env,
                MessageType.KERNEL_INFO_REPLY,
                Map.of(
                        "protocol_version",
                        Header.PROTOCOL_VERISON,
                        "implementation",
                        name,
                        "implementation_version",
                        version,
                        "language_info",
                        getLanguageInfo(),
                        "banner",
                        getBanner(),
                        "help_links",
                        getHelpLinks()));
    }

    @Override
    protected void handleShutdownRequest(ShellReplyEnvironment env, Message<ShutdownRequest> message) {
        Lifetime.endSoon();
        env.setBusyDeferIdle();
        boolean restart = message.getContent().isRestart();
        boolean ended = endCell(restart);
        Reply.ok(env, MessageType.SHUTDOWN_REPLY, Map.of("restart", restart));
        env.resolveDeferrals();
        Lifetime.end(ended);
    }

    /** The process that started the kernel is gone. */
    void handleLostParent() {
        Lifetime.endSoon();
        Lifetime.end(endCell(false));
    }

    /** @return whether nothing of a cell runs any more */
    private boolean endCell(boolean restart) {
        interrupt();
        boolean ended =
                running.endsWithin(Lifetime.CELL_END_MILLIS) && Lifetime.isIdleWithin(Lifetime.CELL_END_MILLIS / 2);
        if (ended) {
            onShutdown(restart); // frees the models, on which a cell that still runs would crash
        }
        return ended;
    }

    /** Builds the kernel from JJava's own parts and ours. */
    static final class Builder extends JavaKernelBuilder<Builder, FfmergeKernel> {
        /** JJava's own, but for the name, which is the kernelspec's: what grades or converts notebooks looks it up. */
        private LanguageInfo languageInfo() {
            LanguageInfo stock = buildLanguageInfo();
            return new LanguageInfo(
                    stock.getName().toLowerCase(Locale.ROOT),
                    stock.getVersion(),
                    stock.getMimetype(),
                    stock.getFileExtension(),
                    stock.getPygmentsLexer(),
                    stock.getCodemirrorMode(),
                    stock.getNbconvertExporter());
        }

        @Override
        public FfmergeKernel build() {
            String name = buildName();
            CodeEvaluator evaluator = buildCodeEvaluator(name);
            return new FfmergeKernel(
                    name,
                    buildVersion(),
                    languageInfo(),
                    List.of(),
                    buildHistoryManager(),
                    new CellIO(buildJupyterIOEncoding()),
                    new Printing(),
                    new CellComms(),
                    buildRenderer(),
                    new CellText(buildMagicTranspiler()),
                    new RunningMagic(CellText.OURS),
                    buildExtensionsEnabled(),
                    buildErrorStyler(),
                    buildJShell(evaluator),
                    evaluator);
        }
    }
}
