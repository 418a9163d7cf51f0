# Stands for Vagrant: loads a Vagrantfile, keeps all it sets, fires the trigger, and prints both as JSON.
# Arguments: the Vagrantfile. Environment: LEAVE_OFF, name of a machine that does not run.
require "json"

class Recorder
  attr_reader :set, :calls

  def initialize
    @set = {}
    @calls = []
  end

  def method_missing(name, *words, **options, &block)
    if name.end_with?("=")
      @set[name.to_s.chomp("=")] = words.first
      return
    end
    return @set[name.to_s] ||= Recorder.new if words.empty? && options.empty? && block.nil?

    inner = block && Recorder.new
    @calls << { "call" => name, "words" => words, "options" => options, "inner" => inner, "block" => block }
    block.call(inner) if block && name != :ruby
  end

  def respond_to_missing?(*)
    true
  end

  def to_json(*args)
    { "set" => @set, "calls" => @calls.map { |each| each.reject { |key, _| key == "block" } } }.to_json(*args)
  end
end

Communicator = Struct.new(:name) do
  def execute(command)
    raise "unexpected #{command}" unless command == "cat /etc/ssh/ssh_host_*_key.pub"

    yield :stderr, "noise\n"
    yield :stdout, "ssh-ed25519 KEY#{name} root@#{name}\n"
  end
end
State = Struct.new(:id)
Machine = Struct.new(:name, :provider_name) do
  def communicate = Communicator.new(name)
  def ssh_info = { username: "vagrant", private_key_path: ["/keys/#{name}"] }
  def state = State.new(ENV["LEAVE_OFF"] == name.to_s ? :poweroff : :running)
end

class Environment
  def machine(name, provider) = Machine.new(name, provider)
  def ui = self
  def info(text) = $stderr.puts(text)
  def warn(text) = $stderr.puts(text)
end

module Vagrant
  module Util
    module Env
      def self.with_original_env = yield
    end
  end

  def self.configure(version)
    raise "version #{version}" unless version == "2"

    config = Recorder.new
    yield config
    puts JSON.generate(config)
    config.trigger.calls.each do |trigger|
      last = trigger["inner"].set["only_on"]
      name = %w[lb1 lb2 web1 web2 ops1].select { |each| last.match(each) }
      trigger["inner"].calls.each { |each| each["block"].call(Environment.new, Machine.new(name.first, :libvirt)) }
    end
  end
end

load ARGV.fetch(0)
